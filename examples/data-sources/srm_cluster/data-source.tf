# By id, with the region or as a UUID alone.
data "srm_cluster" "by_id" {
  id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
}

# By name, in a region and a Project.
data "srm_cluster" "by_name" {
  name       = "patients"
  project_id = "22222222-2222-2222-2222-222222222222"
  region     = "fr-par"
}

# Nodes that are not ready, with their error or status.
output "unhealthy_nodes" {
  value = {
    for node in flatten(data.srm_cluster.by_name.pools[*].nodes) :
    node.name => coalesce(node.error_message, node.status) if node.status != "ready"
  }
}

# Warn of an API server that is open to the world.
check "allow_list" {
  assert {
    condition     = data.srm_cluster.by_id.allow_list != null
    error_message = "The API server of ${data.srm_cluster.by_id.name} has no allow-list."
  }
}
