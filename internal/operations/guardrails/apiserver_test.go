package guardrails_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// Paths of objects and lists in the API server.
const (
	policiesPath   = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
	bindingsPath   = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
	classesPath    = "/apis/storage.k8s.io/v1/storageclasses"
	rolesPath      = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
	grantsPath     = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
	volumesPath    = "/api/v1/persistentvolumes"
	claimsPath     = "/api/v1/persistentvolumeclaims"
	namespacesPath = "/api/v1/namespaces"
	servicesPath   = "/api/v1/namespaces/srm-system/services"
	podsPath       = "/api/v1/namespaces/srm-system/pods"
	secretsPath    = "/api/v1/namespaces/srm-system/secrets"
	recordPath     = policiesPath + "/srm-owner"
)

// apiServer is a Kubernetes API server in memory: it stores objects of any kind, without validation, field managers,
// controllers or permissions. It denies each dry run in the name of all policies that have a binding.
type apiServer struct {
	// FaultInjector adds faults, and logs requests.
	*sandbox.FaultInjector
	client *kubernetes.Client

	t       *testing.T
	mu      sync.Mutex
	objects map[string]map[string]any // by path
	version int                       // the last resource version
	now     time.Time                 // the time in responses
	// isLookupOpen is the answer to all questions about permissions.
	isLookupOpen bool
}

func newAPIServer(t *testing.T) *apiServer {
	t.Helper()
	s := &apiServer{
		t: t, objects: map[string]map[string]any{}, now: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC),
	}
	s.FaultInjector = sandbox.NewFaultInjector(http.HandlerFunc(s.serve), writeStatus, nil)
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client, err := kubernetes.New(kubernetes.Endpoint{Server: server.URL, CA: authority}, "token", "test")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval, s.client = time.Microsecond, client
	return s
}

// target is the collection of a request, and the name of its object or "".
type target struct{ prefix, namespace, resource, name string }

func (o target) path() string {
	if o.namespace != "" {
		return o.prefix + "/namespaces/" + o.namespace + "/" + o.resource + "/" + o.name
	}
	return o.prefix + "/" + o.resource + "/" + o.name
}

// parsePath parses the path of a request. ok is false for APIs that the server does not serve.
func parsePath(path string) (o target, ok bool) {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	length := 2 // api/v1
	if parts[0] == "apis" {
		length = 3 // apis/GROUP/VERSION
	}
	if len(parts) <= length || strings.HasPrefix(path, "/apis/gateway.networking.k8s.io") {
		return target{}, false
	}
	o.prefix, parts = "/"+strings.Join(parts[:length], "/"), parts[length:]
	if parts[0] == "namespaces" && len(parts) > 2 {
		o.namespace, parts = parts[1], parts[2:]
	}
	o.resource = parts[0]
	if len(parts) > 1 {
		o.name = parts[1]
	}
	return o, true
}

func (s *apiServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Date", s.now.UTC().Format(http.TimeFormat))
	o, ok := parsePath(r.URL.Path)
	if !ok {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	body := map[string]any{}
	if raw, err := io.ReadAll(r.Body); err != nil || yaml.Unmarshal(raw, &body) != nil {
		writeStatus(w, http.StatusBadRequest)
		return
	}
	current := s.objects[o.path()]
	isApply := r.Header.Get("Content-Type") == "application/apply-patch+yaml"
	switch {
	case r.Method == http.MethodPost && o.resource == "subjectaccessreviews":
		writeJSON(w, http.StatusCreated, merge(body, map[string]any{
			"status": map[string]any{"allowed": s.isLookupOpen},
		}))
	case r.Method == http.MethodPost && o.resource == "selfsubjectreviews":
		writeJSON(w, http.StatusCreated, merge(body, map[string]any{
			"status": map[string]any{"userInfo": map[string]any{"username": "provider"}},
		}))
	case r.Method == http.MethodPost && r.URL.Query().Has("dryRun"):
		s.denyDryRun(w)
	case r.Method == http.MethodPost:
		o.name, _ = metadata(body)["name"].(string)
		if s.objects[o.path()] != nil {
			writeStatus(w, http.StatusConflict)
			return
		}
		s.store(w, http.StatusCreated, o, body)
	case r.Method == http.MethodGet && o.name == "":
		writeJSON(w, http.StatusOK, map[string]any{"apiVersion": "v1", "kind": "List", "items": s.list(o)})
	case current == nil && r.Method == http.MethodPatch && isApply:
		s.store(w, http.StatusCreated, o, body)
	case current == nil:
		writeStatus(w, http.StatusNotFound)
	case r.Method == http.MethodGet:
		writeJSON(w, http.StatusOK, current)
	case isOutdated(metadata(body), current) || isOutdated(body["preconditions"], current):
		writeStatus(w, http.StatusConflict)
	case r.Method == http.MethodPatch:
		s.store(w, http.StatusOK, o, merge(current, body))
	case r.Method == http.MethodPut:
		s.store(w, http.StatusOK, o, body)
	case r.Method == http.MethodDelete:
		delete(s.objects, o.path())
		writeJSON(w, http.StatusOK, map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Success"})
	}
}

// isOutdated reports whether metadata or preconditions name another version or UID than that of an object.
func isOutdated(conditions any, current map[string]any) bool {
	wanted, _ := conditions.(map[string]any)
	for _, field := range []string{"resourceVersion", "uid"} {
		if value := wanted[field]; value != nil && value != metadata(current)[field] {
			return true
		}
	}
	return false
}

func metadata(object map[string]any) map[string]any {
	found, _ := object["metadata"].(map[string]any)
	return found
}

// store saves an object, and writes it to the response.
func (s *apiServer) store(w http.ResponseWriter, status int, o target, object map[string]any) {
	writeJSON(w, status, s.save(o, object))
}

// save stores an object with a new resource version, and returns it.
func (s *apiServer) save(o target, object map[string]any) map[string]any {
	s.version++
	set := map[string]any{"resourceVersion": strconv.Itoa(s.version), "uid": "uid-of-" + o.name}
	if o.namespace != "" {
		set["namespace"] = o.namespace
	}
	s.objects[o.path()] = merge(object, map[string]any{"metadata": set})
	return s.objects[o.path()]
}

// list returns the objects of a collection, sorted by path.
func (s *apiServer) list(o target) []map[string]any {
	found := []map[string]any{}
	for _, path := range slices.Sorted(maps.Keys(s.objects)) {
		stored, _ := parsePath(path)
		if stored.prefix == o.prefix && stored.resource == o.resource &&
			(o.namespace == "" || stored.namespace == o.namespace) {
			found = append(found, s.objects[path])
		}
	}
	return found
}

// denyDryRun denies a request, or warns about it, in the name of all policies that have a binding.
func (s *apiServer) denyDryRun(w http.ResponseWriter) {
	message := ""
	for path := range s.objects {
		if name, ok := strings.CutPrefix(path, bindingsPath+"/"); ok && s.objects[policiesPath+"/"+name] != nil {
			message += "ValidatingAdmissionPolicy '" + name + "' denied request. "
		}
	}
	w.Header().Set("Warning", fmt.Sprintf("299 - %q", message))
	writeJSON(w, http.StatusUnprocessableEntity, map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": http.StatusUnprocessableEntity,
		"reason": "Invalid", "message": message,
	})
}

// merge returns an object with the fields of a JSON merge patch.
func merge(object, patch map[string]any) map[string]any {
	merged := maps.Clone(object)
	for key, value := range patch {
		inner, isMap := value.(map[string]any)
		old, wasMap := merged[key].(map[string]any)
		switch {
		case value == nil:
			delete(merged, key)
		case isMap && wasMap:
			merged[key] = merge(old, inner)
		default:
			merged[key] = value
		}
	}
	return merged
}

func writeJSON(w http.ResponseWriter, status int, content map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(content)
}

// writeStatus writes an error in the format of an API server.
func writeStatus(w http.ResponseWriter, status int) {
	reasons := map[int]string{
		http.StatusForbidden: "Forbidden", http.StatusNotFound: "NotFound", http.StatusConflict: "Conflict",
		http.StatusInternalServerError: "InternalError",
	}
	writeJSON(w, status, map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reasons[status],
		"message": strings.ToLower(http.StatusText(status)),
	})
}

// put stores an object, as another client does.
func (s *apiServer) put(path string, object map[string]any) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := parsePath(path)
	if !ok || o.name == "" {
		s.t.Fatalf("%s is not the path of an object", path)
	}
	s.save(o, object)
}

// parse parses a manifest.
func (s *apiServer) parse(manifest string) map[string]any {
	s.t.Helper()
	object := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(manifest), &object); err != nil {
		s.t.Fatal(err)
	}
	return object
}

// create stores an object of a collection, as another client does.
func (s *apiServer) create(collection, manifest string) {
	s.t.Helper()
	object := s.parse(manifest)
	name, _ := metadata(object)["name"].(string)
	s.put(collection+"/"+name, object)
}

// patch changes an object, as another client does.
func (s *apiServer) patch(path, patch string) {
	s.t.Helper()
	s.mu.Lock()
	current := s.objects[path]
	s.mu.Unlock()
	if current == nil {
		s.t.Fatalf("%s does not exist", path)
	}
	s.put(path, merge(current, s.parse(patch)))
}

// remove deletes an object, as another client does.
func (s *apiServer) remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, path)
}

// exists reports whether an object exists.
func (s *apiServer) exists(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[path] != nil
}

// annotations returns the annotations of an object.
func (s *apiServer) annotations(path string) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, _ := metadata(s.objects[path])["annotations"].(map[string]any)
	return found
}

// spec returns a field of the spec of an object.
func (s *apiServer) spec(path, field string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	spec, _ := s.objects[path]["spec"].(map[string]any)
	return fmt.Sprint(spec[field])
}

// writes returns the requests since the last call that change something, as "METHOD path".
func (s *apiServer) writes() []string {
	defer s.ClearRequests()
	found := []string{}
	for _, r := range s.Requests() {
		isReview := strings.HasSuffix(r.Path, "reviews")
		if r.Method != http.MethodGet && !isReview && !strings.Contains(r.Query, "dryRun") {
			found = append(found, r.Method+" "+r.Path)
		}
	}
	return found
}

// fail makes requests fail with a status until ClearFaults. * in the path matches any text.
func (s *apiServer) fail(method, path string, status int) {
	s.t.Helper()
	if err := s.AddFault(sandbox.Fault{
		Method: method, Path: path, Kind: sandbox.FaultStatus, Status: status, Persistent: true,
	}); err != nil {
		s.t.Fatal(err)
	}
}
