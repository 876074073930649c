"""The server of the dashboard: Streamlit, and the guard before it."""
