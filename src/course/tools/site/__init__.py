"""The site: what stands on its pages, and how it is built."""
