# The region of the pool and the UUID of the node; in the provider's region the UUID alone is enough. The machine keeps
# its credential, which the program then uses.
terraform import srm_kosmos_external_node.rack fr-par/11111111-2222-4333-8444-555555555555
