output "responsibility_transfers" {
  description = "Responsibilities that the configuration shifts to the customer, accepted or not."
  value       = local.responsibility_transfers
}

output "version_dates" {
  description = "Dates of the planned version."
  value       = srm_hds_cluster.this.version_dates
}
