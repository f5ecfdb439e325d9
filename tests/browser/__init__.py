"""The product as its users meet it: journeys in a real browser, over real mail."""
