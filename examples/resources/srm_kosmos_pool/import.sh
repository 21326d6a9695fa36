# By region and UUID, or by UUID only in the provider's region.
terraform import srm_kosmos_pool.machines fr-par/11111111-2222-4333-8444-555555555555
