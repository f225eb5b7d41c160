"""What a process takes from itself before it reads what strangers made: the locks of models and of data files."""
