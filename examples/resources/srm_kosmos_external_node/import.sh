# By the region of its pool and the UUID of the node; in the provider's own region the UUID is enough. The machine keeps its
# credential: its program goes on with it.
terraform import srm_kosmos_external_node.rack fr-par/11111111-2222-4333-8444-555555555555
