# The stages of all offered versions on the first day of next year.
data "srm_kubernetes_versions" "offered" {
  as_of = "2027-01-01T00:00:00Z"
}

output "calendar" {
  value = {
    for v in data.srm_kubernetes_versions.offered.versions :
    v.minor => "${v.stage}, supported until ${coalesce(v.end_of_support_at, "an unknown date")} (${v.data_quality})"
  }
}
