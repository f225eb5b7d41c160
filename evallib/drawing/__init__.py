"""One Plotly template, a colour per model, and the pair of a table and its chart."""
