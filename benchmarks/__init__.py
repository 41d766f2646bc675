"""What we promise in figures, measured beside what people use today, both sides in one run."""
