package sandbox

import (
	"maps"
	"slices"
)

// plainText is a response that is not JSON.
type plainText []byte

func (s *Server) routeUserData(base string) {
	s.route("GET "+base, areaInstance, s.withServer(s.listServerUserData))
	s.route("GET "+base+"/{key}", areaInstance, s.withServer(s.getServerUserData))
	s.route("PATCH "+base+"/{key}", areaInstance, s.withServer(s.setServerUserData))
	s.route("DELETE "+base+"/{key}", areaInstance, s.withServer(s.deleteServerUserData))
}

func (s *Server) listServerUserData(_ *call, srv *server) (any, error) {
	return map[string]any{"user_data": slices.AppendSeq([]string{}, maps.Keys(srv.userData))}, nil
}

// getServerUserData returns the value of a key as it was set.
//
// [INFERRED instance-user-data] Recordings show only empty lists of keys. The resource of the error for an unknown key
// is an assumption.
func (s *Server) getServerUserData(c *call, srv *server) (any, error) {
	value, ok := srv.userData[c.PathValue("key")]
	if !ok {
		return nil, errNotFound("user_data", c.PathValue("key"))
	}
	return plainText(value), nil
}

func (s *Server) setServerUserData(c *call, srv *server) (any, error) {
	if srv.userData == nil {
		srv.userData = map[string][]byte{}
	}
	srv.userData[c.PathValue("key")] = c.body
	return noContent{}, nil
}

func (s *Server) deleteServerUserData(c *call, srv *server) (any, error) {
	if _, ok := srv.userData[c.PathValue("key")]; !ok {
		return nil, errNotFound("user_data", c.PathValue("key"))
	}
	delete(srv.userData, c.PathValue("key"))
	return noContent{}, nil
}
