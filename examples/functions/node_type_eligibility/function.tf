variable "node_type" {
  type    = string
  default = "POP2-4C-16G"

  validation {
    condition     = provider::srm::node_type_eligibility(var.node_type).status == "eligible"
    error_message = provider::srm::node_type_eligibility(var.node_type).reason
  }
}

# Do not treat "undecided" as eligible: no public source decides the eligibility of that type.
output "statuses" {
  value = {
    for type in ["POP2-HC-8C-16G", "PRO2-S", "MEMORY3-X2C-16G"] :
    type => provider::srm::node_type_eligibility(type).status
  }
}
