# The lifecycle today, with the upgrade path to a later minor.
data "srm_cluster_lifecycle" "patients" {
  cluster_id     = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  target_version = "1.37"
}

# The facts at the end of the quarter.
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
  value = [for node in data.srm_cluster_lifecycle.quarter.nodes : node.name if try(node.days_left < 0, false)]
}

# Warn before new clusters can no longer use the minor.
check "stage" {
  assert {
    condition     = data.srm_cluster_lifecycle.quarter.stage == "release"
    error_message = "At the end of the quarter the minor is at the stage ${data.srm_cluster_lifecycle.quarter.stage}."
  }
}
