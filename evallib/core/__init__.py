"""What every method shares: the evaluation set, results, findings, metrics, intervals. Imports nothing of evallib."""
