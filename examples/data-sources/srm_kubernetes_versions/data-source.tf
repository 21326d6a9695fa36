# The stages of all offered versions at the start of 2027.
data "srm_kubernetes_versions" "offered" {
  as_of = "2027-01-01T00:00:00Z"
}

output "calendar" {
  value = {
    for v in data.srm_kubernetes_versions.offered.versions :
    v.minor => "${v.stage}, supported until ${coalesce(v.end_of_support_at, "an unknown date")} (${v.data_quality})"
  }
}
