"""What the HTML report shows, decided: each view holds the texts, links and choices of one part. Templates lay them out."""
