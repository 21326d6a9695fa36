# The text of a clause, the responsible party, and the coverage of its parts.
output "residency" {
  value = provider::srm::clause("HDS-RES-01")
}

# A rule that cites its clause.
variable "region" {
  type    = string
  default = "fr-par"

  validation {
    condition     = var.region == "fr-par"
    error_message = "Clusters for health data are in fr-par: ${provider::srm::clause("HDS-RES-01").citation}."
  }
}
