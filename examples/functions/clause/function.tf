# What a clause says, who is responsible, and what covers each of its parts.
output "residency" {
  value = provider::srm::clause("HDS-RES-01")
}

# A rule of one's own that cites the clause it stands for.
variable "region" {
  type    = string
  default = "fr-par"

  validation {
    condition     = var.region == "fr-par"
    error_message = "Clusters for health data are in fr-par: ${provider::srm::clause("HDS-RES-01").citation}."
  }
}
