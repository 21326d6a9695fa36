output "node_family" {
  description = "Instance family of the nodes."
  value       = provider::srm::node_type_eligibility(var.node_type).family
}

output "supported_until" {
  description = "End of support of the version in the calendar bundled with the provider."
  value       = provider::srm::version_dates(var.kubernetes_version).end_of_support_at
}

output "duties" {
  description = "Titles of the team's clauses, by id."
  value       = { for id in var.duties : id => provider::srm::clause(id).title }
}
