output "cluster" {
  description = "The cluster, and until when its version is supported."
  value = {
    id           = srm_hds_cluster.records.id
    version_used = srm_hds_cluster.records.version_used
    contract     = srm_hds_cluster.records.contract_reference
    dates        = srm_hds_cluster.records.version_dates
  }
}

output "guardrails" {
  description = "What is applied inside the cluster, and the digest of its admission policies."
  value = {
    objects       = srm_hds_guardrails.records.objects
    policy_digest = srm_hds_guardrails.records.policy_digest
  }
}

output "moved_to_us" {
  description = "What the configuration moves from Scaleway's responsibility to ours."
  value       = concat(srm_hds_cluster.records.responsibility_transfers, srm_hds_guardrails.records.responsibility_transfers, srm_hds_pool.workers.responsibility_transfers)
}

output "end_of_support" {
  description = "End of support of every minor that can be created."
  value       = { for v in data.srm_kubernetes_versions.offered.versions : v.minor => v.end_of_support_at }
}

output "matrix" {
  description = "Who is responsible for each clause that applies, and what can give its parts a result. It does not say whether a clause is met."
  value = join("\n", [
    for clause in data.srm_responsibilities.records.clauses :
    format("%-11s %-12s %-42s %s", clause.id, clause.effective_party, join(", ", sort(distinct([
      for by in clause.covered_by : replace(by, "/ [a-z_]+/", "")
    ]))), clause.title)
    if clause.effective_party != null
  ])
}

output "duties" {
  description = "How many clauses there are by party, and how many of their parts have no result yet."
  value       = data.srm_responsibilities.records.counts
}

output "lifecycle" {
  description = "The worst verdict on versions, nodes and node types, and what is behind it."
  value = {
    worst    = data.srm_cluster_lifecycle.records.worst
    verdicts = [for verdict in data.srm_cluster_lifecycle.records.verdicts : "${verdict.severity}, ${verdict.subject.kind} ${verdict.subject.name}: ${verdict.text}"]
  }
}
