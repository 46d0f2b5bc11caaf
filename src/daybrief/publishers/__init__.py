"""The publishers: each module turns an edition into files of one form."""
