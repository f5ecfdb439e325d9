"""Reply: compose, deliver, follow up."""
