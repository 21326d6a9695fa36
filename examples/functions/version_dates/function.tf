variable "kubernetes_version" {
  type    = string
  default = "1.36"

  # The dates are null if the calendar does not contain the minor. The reason lists the minors that it contains.
  validation {
    condition     = provider::srm::version_dates(var.kubernetes_version).end_of_support_at != null
    error_message = provider::srm::version_dates(var.kubernetes_version).reason
  }
}

output "supported_until" {
  value = provider::srm::version_dates(var.kubernetes_version).end_of_support_at
}
