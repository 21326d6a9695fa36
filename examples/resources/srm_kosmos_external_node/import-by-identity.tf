import {
  to = srm_kosmos_external_node.rack
  identity = {
    region = "nl-ams"
    id     = "00112233-4455-4677-8899-aabbccddeeff"
  }
}
