# By its id, with its region or alone.
data "srm_cluster" "by_id" {
  id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
}

# By its name, in any region and Project.
data "srm_cluster" "by_name" {
  name       = "patients"
  project_id = "22222222-2222-2222-2222-222222222222"
  region     = "fr-par"
}

# The nodes that are not well, and why.
output "unhealthy_nodes" {
  value = {
    for node in flatten(data.srm_cluster.by_name.pools[*].nodes) :
    node.name => coalesce(node.error_message, node.status) if node.status != "ready"
  }
}

# Refuse an API server that is open to the world.
check "allow_list" {
  assert {
    condition     = data.srm_cluster.by_id.allow_list != null
    error_message = "The API server of ${data.srm_cluster.by_id.name} has no allow-list."
  }
}
