variable "kubernetes_version" {
  type    = string
  default = "1.36"

  # A minor that the calendar does not have has no dates, and the reason names those that it has.
  validation {
    condition     = provider::srm::version_dates(var.kubernetes_version).end_of_support_at != null
    error_message = provider::srm::version_dates(var.kubernetes_version).reason
  }
}

output "supported_until" {
  value = provider::srm::version_dates(var.kubernetes_version).end_of_support_at
}
