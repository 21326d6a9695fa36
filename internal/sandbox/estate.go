package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// estateAge is how long before the sandbox's time the objects of an estate are created, so that they are ready.
const estateAge = 7 * 24 * time.Hour

// estateKind is a kind of object in an estate.
type estateKind struct {
	// name is the key of the list in the file.
	name string
	// path is where the API creates an object. A name in braces is a field of the entry.
	path string
	// objects is the kind under /_sandbox/objects, for the field set.
	objects string
}

// estateKinds returns the kinds of objects of an estate in the order of their creation.
func estateKinds() []estateKind {
	return []estateKind{
		{"projects", "/account/v3/projects", "projects"},
		{"vpcs", "/vpc/v2/regions/{region}/vpcs", "vpcs"},
		{"private_networks", "/vpc/v2/regions/{region}/private-networks", "private-networks"},
		{"gateways", "/vpc-gw/v2/zones/{zone}/gateways", "gateways"},
		{"gateway_networks", "/vpc-gw/v2/zones/{zone}/gateway-networks", "gateway-networks"},
		{"security_groups", "/instance/v1/zones/{zone}/security_groups", "security-groups"},
		{"clusters", "/k8s/v1/regions/{region}/clusters", "clusters"},
		{"pools", "/k8s/v1/regions/{region}/clusters/{cluster}/pools", "pools"},
		{"volumes", "/block/v1/zones/{zone}/volumes", "volumes"},
		{"snapshots", "/block/v1/zones/{zone}/snapshots", "snapshots"},
		{"load_balancers", "/lb/v1/zones/{zone}/lbs", "load-balancers"},
		{"backends", "/lb/v1/zones/{zone}/lbs/{load_balancer}/backends", "lb-backends"},
		{"certificates", "/lb/v1/zones/{zone}/lbs/{load_balancer}/certificates", "lb-certificates"},
		{"frontends", "/lb/v1/zones/{zone}/lbs/{load_balancer}/frontends", "lb-frontends"},
		{"frontend_acls", "/lb/v1/zones/{zone}/frontends/{frontend}/acls", "lb-acls"},
		{"databases", "/rdb/v1/regions/{region}/instances", "databases"},
		{"registry_namespaces", "/registry/v1/regions/{region}/namespaces", "registry-namespaces"},
		{"secrets", "/secret-manager/v1beta1/regions/{region}/secrets", "secrets"},
		{"keys", "/key-manager/v1alpha1/regions/{region}/keys", "kms-keys"},
		{"data_sources", "/cockpit/v1/regions/{region}/data-sources", "cockpit-data-sources"},
		{"exporters", "/cockpit/v1/regions/{region}/exporters", "cockpit-exporters"},
		{"export_jobs", "/audit-trail/v1alpha1/regions/{region}/export-jobs", "export-jobs"},
		{"users", "/iam/v1alpha1/users", "users"},
		{"ssh_keys", "/iam/v1alpha1/ssh-keys", "ssh-keys"},
		{"applications", "/iam/v1alpha1/applications", "applications"},
		{"groups", "/iam/v1alpha1/groups", "groups"},
		{"policies", "/iam/v1alpha1/policies", "policies"},
		{"api_keys", "/iam/v1alpha1/api-keys", "api-keys"},
	}
}

// LoadEstate creates the objects of a YAML file: one list for each kind, whose entries have the fields of the API's
// create request, and these:
//
//	region, zone    where the object is: by default fr-par and fr-par-1
//	as              the name that others refer to it by: by default its name, or its description
//	set             fields that are changed afterwards, as if by someone else
//	allow_list      of a cluster: the ranges of its allow-list, and scaleway_ranges
//	attached_to     of a volume: the cluster whose first node it is attached to, as by the CSI driver
//
// A text "${kind.name}" is the id of another object of the file or of a new sandbox; "10GB" is a size in bytes, and "40
// days ago" and "in 40 days" are times relative to the sandbox's. The objects are created some days before that time,
// one after the other, each once the one before is ready.
func (s *Server) LoadEstate(ctx context.Context, file []byte) error {
	if len(file) == 0 {
		return nil
	}
	var lists map[string][]map[string]any
	if err := yaml.UnmarshalStrict(file, &lists); err != nil {
		return fmt.Errorf("the estate must be a map of lists: %w", err)
	}
	kinds := estateKinds()
	for name := range lists {
		if !slices.ContainsFunc(kinds, func(k estateKind) bool { return k.name == name }) {
			known := []string{}
			for _, k := range kinds {
				known = append(known, k.name)
			}
			return fmt.Errorf("%q is not a kind of object: use one of %s", name, join(known))
		}
	}
	loader := &estateLoader{server: s, now: s.Now(), ids: s.seededNames()}
	s.Advance(-estateAge)
	for _, kind := range kinds {
		for i, entry := range lists[kind.name] {
			if err := loader.create(ctx, kind, entry); err != nil {
				return fmt.Errorf("%s[%d]: %w", kind.name, i, err)
			}
			s.finishTransitions()
		}
	}
	for _, change := range loader.changes { // last, so that no transition overwrites them
		if err := change(); err != nil {
			return err
		}
	}
	if s.Now().Before(loader.now) {
		s.SetNow(loader.now)
	}
	return nil
}

// finishTransitions advances the clock over the events of the next hours.
func (s *Server) finishTransitions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.clock.now().Add(time.Duration(float64(3*time.Hour) / s.options.Speed))
	for s.runDueEvents(); len(s.events) > 0 && s.events[0].at.Before(limit); s.runDueEvents() {
		s.clock.set(s.events[0].at)
	}
}

// seededNames returns the ids of the objects of a new sandbox by "kind.name".
func (s *Server) seededNames() map[string]string {
	return map[string]string{
		"projects.default": ProjectID, "vpcs.default": VPCID, "private_networks.sandbox": PrivateNetworkID,
		"gateways.sandbox": GatewayID, "users.owner": UserID,
	}
}

// estateLoader creates the objects of an estate.
type estateLoader struct {
	server  *Server
	now     time.Time
	ids     map[string]string // by "kind.name"
	changes []func() error
}

func (l *estateLoader) create(ctx context.Context, kind estateKind, entry map[string]any) error {
	resolved, err := l.resolve(entry)
	if err != nil {
		return err
	}
	fields, ok := resolved.(map[string]any)
	if !ok {
		return errors.New("an entry is a map of fields")
	}
	fields = maps.Clone(fields)
	label := takeText(fields, "as")
	for _, field := range []string{"name", "description"} {
		if text, ok := fields[field].(string); ok && label == "" {
			label = text
		}
	}
	location := map[string]string{"region": takeText(fields, "region"), "zone": takeText(fields, "zone")}
	if location["region"] == "" {
		location["region"] = "fr-par"
	}
	if location["zone"] == "" {
		location["zone"] = location["region"] + "-1"
	}
	set, _ := fields["set"].(map[string]any)
	allowList, attachedTo := fields["allow_list"], takeText(fields, "attached_to")
	delete(fields, "set")
	delete(fields, "allow_list")
	path := placeholders().ReplaceAllStringFunc(kind.path, func(name string) string {
		name = strings.Trim(name, "{}")
		if text, ok := location[name]; ok {
			return text
		}
		return takeText(fields, name)
	})
	if _, there := fields["organization_id"]; !there &&
		(strings.HasPrefix(path, "/iam/") || strings.HasPrefix(path, "/audit-trail/")) {
		fields["organization_id"] = OrganizationID
	}
	created, err := l.send(ctx, http.MethodPost, path, fields)
	if err != nil {
		return fmt.Errorf("%q: %w", label, err)
	}
	id := idOf(created)
	l.ids[kind.name+"."+label] = id
	if allowList != nil {
		l.server.finishTransitions()
		rules := map[string]any{"acls": allowListRules(allowList)}
		if _, err := l.send(ctx, http.MethodPut, path+"/"+id+"/acls", rules); err != nil {
			return fmt.Errorf("%q: allow_list: %w", label, err)
		}
	}
	if attachedTo != "" {
		l.server.finishTransitions()
		if err := l.server.attachToCluster(id, attachedTo); err != nil {
			return fmt.Errorf("%q: %w", label, err)
		}
	}
	if set != nil {
		l.changes = append(l.changes, func() error {
			if err := l.server.Patch(kind.objects, id, set); err != nil {
				return fmt.Errorf("%s %q: set: %w", kind.name, label, err)
			}
			return nil
		})
	}
	return nil
}

// attachToCluster attaches a volume to the first node of a cluster.
func (s *Server) attachToCluster(volumeID, clusterID string) error {
	s.mu.Lock()
	nodes := s.nodes.list(func(n *node) bool { return n.ClusterID == clusterID && n.serverID != "" })
	s.mu.Unlock()
	if len(nodes) == 0 {
		return fmt.Errorf("attached_to: cluster %s has no node", clusterID)
	}
	return s.AttachVolume(volumeID, nodes[0].ID)
}

// send sends a request to the sandbox as its administrator.
func (l *estateLoader) send(ctx context.Context, method, path string, body any) (map[string]any, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(
		ctx,
		method,
		"http://sandbox"+path,
		bytes.NewReader(raw),
	)
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Auth-Token", SecretKey)
	recorded := &recordedResponse{header: http.Header{}, status: http.StatusOK}
	l.server.mux.ServeHTTP(recorded, request)
	var answer map[string]any
	if err := json.Unmarshal(recorded.body.Bytes(), &answer); err != nil || recorded.status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: HTTP %d: %s", method, path, recorded.status, recorded.body.Bytes())
	}
	return answer, nil
}

// recordedResponse is an http.ResponseWriter that keeps the response.
type recordedResponse struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recordedResponse) Header() http.Header         { return r.header }
func (r *recordedResponse) WriteHeader(status int)      { r.status = status }
func (r *recordedResponse) Write(p []byte) (int, error) { return r.body.Write(p) }

// idOf returns the id in a response, which may be in an object inside it.
func idOf(response map[string]any) string {
	for _, key := range []string{"id", "access_key"} {
		if id, ok := response[key].(string); ok {
			return id
		}
	}
	for _, value := range response {
		if inner, ok := value.(map[string]any); ok && len(response) == 1 {
			return idOf(inner)
		}
	}
	return ""
}

func takeText(fields map[string]any, name string) string {
	text, _ := fields[name].(string)
	delete(fields, name)
	return text
}

// allowListRules returns the rules of an allow-list: ranges, and scaleway_ranges for Scaleway's.
func allowListRules(value any) []map[string]any {
	rules := []map[string]any{}
	list, _ := value.([]any)
	for _, item := range list {
		if item == "scaleway_ranges" {
			rules = append(rules, map[string]any{"scaleway_ranges": true})
			continue
		}
		rules = append(rules, map[string]any{"ip": item})
	}
	return rules
}

func placeholders() *regexp.Regexp { return regexp.MustCompile(`\{[a-z_]+\}`) }

// resolve replaces references, sizes and relative times in a value.
func (l *estateLoader) resolve(value any) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		resolved := map[string]any{}
		for key, item := range value {
			found, err := l.resolve(item)
			if err != nil {
				return nil, err
			}
			resolved[key] = found
		}
		return resolved, nil
	case []any:
		resolved := []any{}
		for _, item := range value {
			found, err := l.resolve(item)
			if err != nil {
				return nil, err
			}
			resolved = append(resolved, found)
		}
		return resolved, nil
	case string:
		return l.resolveText(value)
	}
	return value, nil
}

func (l *estateLoader) resolveText(text string) (any, error) {
	if number, ok := strings.CutSuffix(text, "GB"); ok {
		if size, err := strconv.ParseUint(number, 10, 32); err == nil {
			return size * 1_000_000_000, nil
		}
	}
	if words := strings.Fields(text); len(words) == 3 {
		if days, err := strconv.Atoi(words[0]); err == nil && words[1] == "days" && words[2] == "ago" {
			return l.now.AddDate(0, 0, -days).Format(time.RFC3339), nil
		}
		if days, err := strconv.Atoi(words[1]); err == nil && words[0] == "in" && words[2] == "days" {
			return l.now.AddDate(0, 0, days).Format(time.RFC3339), nil
		}
	}
	var missing error
	resolved := regexp.MustCompile(`\$\{([a-z_]+\.[^}]+)\}`).ReplaceAllStringFunc(text, func(reference string) string {
		name := strings.TrimSuffix(strings.TrimPrefix(reference, "${"), "}")
		id, ok := l.ids[name]
		if !ok {
			missing = fmt.Errorf("%s is not an object before this one: use one of %s", reference,
				join(slices.Sorted(maps.Keys(l.ids))))
		}
		return id
	})
	return resolved, missing
}
