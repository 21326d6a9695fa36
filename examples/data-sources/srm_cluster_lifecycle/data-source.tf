# The lifecycle today, with the upgrade path to a later minor.
data "srm_cluster_lifecycle" "patients" {
  cluster_id     = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  target_version = "1.37"
}

# The findings at the end of the quarter.
data "srm_cluster_lifecycle" "quarter" {
  cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  as_of      = "2026-12-31T00:00:00Z"
}

# Upgrades with their deadlines.
output "upgrades" {
  value = {
    for step in data.srm_cluster_lifecycle.patients.upgrade_path :
    "${step.from} to ${step.to}" => coalesce(step.by, "unknown")
  }
}

# Nodes to replace before the end of the quarter.
output "old_nodes" {
  value = [for node in data.srm_cluster_lifecycle.quarter.nodes : node.name if node.verdict.severity == "warning"]
}

# Warn of findings, with their clauses, before they become urgent.
check "lifecycle" {
  assert {
    condition = !contains(["warning", "critical"], data.srm_cluster_lifecycle.patients.worst)
    error_message = join("\n", [
      for v in data.srm_cluster_lifecycle.patients.verdicts :
      "${v.clause}, ${v.subject.kind} ${v.subject.name}: ${v.text}" if contains(["warning", "critical"], v.severity)
    ])
  }
}
