import {
  to = srm_kosmos_pool.machines
  identity = {
    region = "nl-ams"
    id     = "00112233-4455-4677-8899-aabbccddeeff"
  }
}
