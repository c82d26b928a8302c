"""Looking back over a period: totals, shapes, questions and comparisons. Stores nothing."""
