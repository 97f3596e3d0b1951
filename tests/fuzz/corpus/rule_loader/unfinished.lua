return migration { entity "job" { fields = {
