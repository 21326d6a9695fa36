variable "zone" {
  type    = string
  default = "fr-par-1"

  validation {
    condition     = provider::srm::zone_eligibility(var.zone).status == "eligible"
    error_message = provider::srm::zone_eligibility(var.zone).reason
  }
}
