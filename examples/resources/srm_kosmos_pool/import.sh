# By the region of its cluster and the UUID of the pool; in the provider's own region the UUID is enough.
terraform import srm_kosmos_pool.machines fr-par/11111111-2222-4333-8444-555555555555
