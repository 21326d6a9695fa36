package sandbox

import "net/http"

// routeMetadata registers the description of the platform, from which the SDK builds the SRNs of objects. It needs no
// token.
//
// [INFERRED api-metadata] No recording shows it. The values are those of the domains in recordings: "scw.cloud".
func (s *Server) routeMetadata() {
	s.mux.HandleFunc("GET /metadata", func(w http.ResponseWriter, _ *http.Request) {
		write(w, map[string]string{"platform": "scw", "partition": "scw", "domain": "scw.cloud"}, nil)
	})
}
