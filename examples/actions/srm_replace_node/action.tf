# Replace the oldest node of a cluster, one node per run, before the recommended 30 days are over:
#   terraform apply -invoke=action.srm_replace_node.oldest
data "srm_cluster" "records" {
  name = "patients"
}

locals {
  nodes  = flatten(data.srm_cluster.records.pools[*].nodes)
  oldest = sort(local.nodes[*].created_at)[0]
}

action "srm_replace_node" "oldest" {
  config {
    node_id  = [for node in local.nodes : node.id if node.created_at == local.oldest][0]
    timeouts = { invoke = "1h" }
  }
}

# Replace a node with a known id when another resource changes.
action "srm_replace_node" "one" {
  config {
    node_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  }
}

resource "terraform_data" "image" {
  input = "2026-11"

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.srm_replace_node.one]
    }
  }
}
