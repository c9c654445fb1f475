"""Growth of dated values: series, rates, forecasts, and how those did on the past."""
