"""Surveys: customers are asked how a conversation was, and what they answered."""
