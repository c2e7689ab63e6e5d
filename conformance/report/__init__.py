"""What a run leaves behind: results.json and its exchanges, the HTML page, JUnit, the summary in the terminal."""
