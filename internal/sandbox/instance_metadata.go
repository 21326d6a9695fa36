package sandbox

import (
	"net/http"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
)

// serverMetadata is what an Instance reads about itself.
type serverMetadata struct {
	*server

	PublicIPsV4 []*instance.ServerIP `json:"public_ips_v4"`
	PublicIPsV6 []*instance.ServerIP `json:"public_ips_v6"`
	Timezone    string               `json:"timezone"`
}

// getServerMetadata returns the metadata of an Instance. The real service has the same path after the address
// 169.254.42.42, and identifies the Instance by the address of the client.
//
// [INFERRED instance-metadata] No recording shows the metadata. The fields are those of the SDK, which has the
// Instance's own ones.
func (s *Server) getServerMetadata(r *http.Request, _ []byte) (any, error) {
	srv, ok := s.servers.get(r.PathValue("id"))
	if !ok {
		return nil, errNotFound("instance_server", r.PathValue("id"))
	}
	metadata := serverMetadata{
		server: s.withVolumes(srv), PublicIPsV4: []*instance.ServerIP{}, PublicIPsV6: []*instance.ServerIP{},
		Timezone: "UTC",
	}
	for _, ip := range srv.PublicIPs {
		if ip.Family == instance.ServerIPIPFamilyInet6 {
			metadata.PublicIPsV6 = append(metadata.PublicIPsV6, ip)
		} else {
			metadata.PublicIPsV4 = append(metadata.PublicIPsV4, ip)
		}
	}
	return metadata, nil
}
