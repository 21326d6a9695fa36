package apiserver

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
)

// adminTokens are the tokens of administrators that can be replaced while the API server runs. The API server asks for
// them through a webhook: it reads its token file only when it starts.
type adminTokens struct {
	mu     sync.Mutex
	owners map[string]string // token by owner
	server *http.Server
}

// SetAdminToken makes the API server accept a token as that of an administrator, instead of the owner's previous token.
// An empty token revokes it. The API server accepts a token that it has just seen for up to ten seconds more.
func (s *Server) SetAdminToken(owner, token string) {
	s.tokens.mu.Lock()
	defer s.tokens.mu.Unlock()
	if token == "" {
		delete(s.tokens.owners, owner)
		return
	}
	s.tokens.owners[owner] = token
}

func (t *adminTokens) accepts(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, accepted := range t.owners {
		if accepted == token {
			return true
		}
	}
	return false
}

// serve starts the webhook on a free port, and writes the file with which the API server reaches it.
func (t *adminTokens) serve(file string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed by the server's Close
	if err != nil {
		return err
	}
	t.owners = map[string]string{}
	t.server = &http.Server{Handler: http.HandlerFunc(t.review), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = t.server.Serve(listener) }() // returns once it is closed
	return os.WriteFile(file, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: tokens
  cluster:
    server: http://%s
contexts:
- name: tokens
  context:
    cluster: tokens
current-context: tokens
`, listener.Addr()), 0o600)
}

// review answers a TokenReview of the API server.
func (t *adminTokens) review(w http.ResponseWriter, r *http.Request) {
	var review authenticationv1.TokenReview
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if t.accepts(review.Spec.Token) {
		review.Status = authenticationv1.TokenReviewStatus{
			Authenticated: true,
			User:          authenticationv1.UserInfo{Username: "kubernetes-admin", Groups: []string{mastersGroup}},
		}
	}
	review.Spec = authenticationv1.TokenReviewSpec{} // the token is not sent back
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(review) // an error means that the API server disconnected
}

func (t *adminTokens) stop() error {
	if t.server == nil {
		return nil
	}
	return t.server.Close()
}
