# With dates of the bundled calendar.
output "next_year" {
  value = provider::srm::lifecycle_stage(provider::srm::version_dates("1.35"), "2027-02-01")
}

# With your own dates; null means an unknown date.
output "own_dates" {
  value = provider::srm::lifecycle_stage(
    { released_at = "2026-01-19", deprecated_at = "2027-01-19", end_of_support_at = null },
    "2026-11-24T12:00:00Z"
  ).reason
}

# With dates of the API, at the time of the plan. Unlike timestamp(), plantimestamp() is known at plan.
data "srm_kubernetes_version" "current" {
  version = "1.36"
}

output "days_left" {
  value = provider::srm::lifecycle_stage(data.srm_kubernetes_version.current, plantimestamp()).days_to_end_of_support
}
