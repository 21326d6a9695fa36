package sandbox

import (
	"cmp"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// routeDatabaseAccess registers what decides who may reach and use an instance.
func (s *Server) routeDatabaseAccess(one string) {
	route := func(pattern string, handle func(*call, *rdbInstance) (any, error)) {
		s.route(pattern, areaDatabase, withObject(s.findDatabaseInstance, handle))
	}
	route("GET "+one+"/acls", listDatabaseACLs)
	route("PUT "+one+"/acls", s.setDatabaseACLs)
	route("POST "+one+"/acls", s.addDatabaseACLs)
	route("DELETE "+one+"/acls", s.deleteDatabaseACLs)
	route("PUT "+one+"/settings", s.changeSettings(true))
	route("POST "+one+"/settings", s.changeSettings(false))
	route("DELETE "+one+"/settings", s.deleteSettings)
	route("GET "+one+"/users", listDatabaseUsers)
	route("POST "+one+"/users", createDatabaseUser)
	route("PATCH "+one+"/users/{name}", updateDatabaseUser)
	route("DELETE "+one+"/users/{name}", deleteDatabaseUser)
	route("GET "+one+"/databases", listDatabases)
	route("POST "+one+"/databases", createDatabase)
	route("DELETE "+one+"/databases/{name}", deleteDatabase)
	route("GET "+one+"/privileges", listPrivileges)
	route("PUT "+one+"/privileges", setPrivilege)
}

// setACLs replaces the access rules of an instance.
func (i *rdbInstance) setACLs(requests []*rdb.ACLRuleRequest) {
	i.acls = []*rdb.ACLRule{}
	for _, request := range requests {
		i.acls = append(i.acls, i.newACL(request))
	}
}

func (i *rdbInstance) newACL(request *rdb.ACLRuleRequest) *rdb.ACLRule {
	rule := &rdb.ACLRule{
		IP: request.IP, Description: request.Description, Protocol: rdb.ACLRuleProtocolTCP,
		Direction: rdb.ACLRuleDirectionInbound, Action: rdb.ACLRuleActionAllow,
	}
	if i.Endpoint != nil {
		rule.Port = &i.Endpoint.Port
	}
	return rule
}

func listDatabaseACLs(c *call, i *rdbInstance) (any, error) {
	page, total := paginate(c, nonNilSlice(i.acls))
	return map[string]any{"rules": page, "total_count": total}, nil
}

func (s *Server) setDatabaseACLs(c *call, i *rdbInstance) (any, error) {
	var req rdb.SetInstanceACLRulesRequest
	return s.changeACLs(c, i, &req, func() { i.setACLs(req.Rules) })
}

func (s *Server) addDatabaseACLs(c *call, i *rdbInstance) (any, error) {
	var req rdb.AddInstanceACLRulesRequest
	return s.changeACLs(c, i, &req, func() {
		for _, request := range req.Rules {
			i.acls = append(i.acls, i.newACL(request))
		}
	})
}

func (s *Server) deleteDatabaseACLs(c *call, i *rdbInstance) (any, error) {
	var req rdb.DeleteInstanceACLRulesRequest
	return s.changeACLs(c, i, &req, func() {
		i.acls = slices.DeleteFunc(i.acls, func(rule *rdb.ACLRule) bool {
			return slices.Contains(req.ACLRuleIPs, rule.IP.String())
		})
	})
}

func (s *Server) changeACLs(c *call, i *rdbInstance, into any, change func()) (any, error) {
	if err := c.decode(into); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	change()
	s.configure(i, rdb.InstanceStatusConfiguring)
	return map[string]any{"rules": nonNilSlice(i.acls)}, nil
}

// changeSettings sets settings: all of them, or those that the request names.
func (s *Server) changeSettings(replace bool) func(*call, *rdbInstance) (any, error) {
	return func(c *call, i *rdbInstance) (any, error) {
		var req rdb.SetInstanceSettingsRequest
		if err := c.decode(&req); err != nil {
			return nil, err
		}
		if err := i.requireReady(); err != nil {
			return nil, err
		}
		settings := slices.Clone(i.Settings)
		if replace {
			settings = nil
		}
		for _, setting := range req.Settings {
			settings = slices.DeleteFunc(
				settings,
				func(old *rdb.InstanceSetting) bool { return old.Name == setting.Name },
			)
			settings = append(settings, setting)
		}
		slices.SortFunc(settings, func(a, b *rdb.InstanceSetting) int { return strings.Compare(a.Name, b.Name) })
		i.Settings = nonNilSlice(settings)
		s.configure(i, rdb.InstanceStatusConfiguring)
		return map[string]any{"settings": i.Settings}, nil
	}
}

func (s *Server) deleteSettings(c *call, i *rdbInstance) (any, error) {
	var req rdb.DeleteInstanceSettingsRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	i.Settings = slices.DeleteFunc(i.Settings, func(setting *rdb.InstanceSetting) bool {
		return slices.Contains(req.SettingNames, setting.Name)
	})
	s.configure(i, rdb.InstanceStatusConfiguring)
	return map[string]any{"settings": i.Settings}, nil
}

func listDatabaseUsers(c *call, i *rdbInstance) (any, error) {
	f := c.filters()
	found := i.users.list(func(u *rdb.User) bool { return f.contains("name", u.Name) })
	page, total := paginate(c, sortBy(c, found, "name_asc", orders[rdb.User]{
		"name": byText(func(u *rdb.User) string { return u.Name }),
		"is_admin": func(a, b *rdb.User) int {
			return cmp.Compare(boolToInt(a.IsAdmin), boolToInt(b.IsAdmin))
		},
	}))
	return map[string]any{"users": page, "total_count": total}, nil
}

// createDatabaseUser creates a user. The errors are not recorded [INFERRED rdb-errors].
func createDatabaseUser(c *call, i *rdbInstance) (any, error) {
	var req rdb.CreateUserRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	if req.Name == "" || req.Password == "" {
		return nil, errInvalid("name", "required", "a user needs a name and a password")
	}
	if i.users.has(req.Name) {
		return nil, errInvalid("name", "constraint", "user already exists")
	}
	u := &rdb.User{Name: req.Name, IsAdmin: req.IsAdmin}
	i.users.put(u.Name, u)
	return u, nil
}

func updateDatabaseUser(c *call, i *rdbInstance) (any, error) {
	name := c.PathValue("name")
	u, ok := i.users.get(name)
	if !ok {
		return nil, errNotFound("user", name)
	}
	var req rdb.UpdateUserRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&u.IsAdmin, req.IsAdmin)
	return u, nil
}

func deleteDatabaseUser(c *call, i *rdbInstance) (any, error) {
	name := c.PathValue("name")
	if !i.users.remove(name) {
		return nil, errNotFound("user", name)
	}
	i.removePrivileges(func(p *rdb.Privilege) bool { return p.UserName == name })
	return noContent{}, nil
}

func (i *rdbInstance) removePrivileges(matches func(*rdb.Privilege) bool) {
	for _, p := range i.privileges.list(matches) {
		i.privileges.remove(privilegeKey(p))
	}
}

func listDatabases(c *call, i *rdbInstance) (any, error) {
	f := c.filters()
	found := i.databases.list(func(d *rdb.Database) bool {
		return f.contains("name", d.Name) && f.matchesBool("managed", d.Managed) && f.matches("owner", d.Owner)
	})
	page, total := paginate(c, sortBy(c, found, "name_asc", orders[rdb.Database]{
		"name": byText(func(d *rdb.Database) string { return d.Name }),
		"size": func(a, b *rdb.Database) int { return cmp.Compare(a.Size, b.Size) },
	}))
	return map[string]any{"databases": page, "total_count": total}, nil
}

func createDatabase(c *call, i *rdbInstance) (any, error) {
	var req rdb.CreateDatabaseRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	if req.Name == "" {
		return nil, errInvalid("name", "required", "")
	}
	if i.databases.has(req.Name) {
		return nil, errInvalid("name", "constraint", "database already exists")
	}
	d := &rdb.Database{Name: req.Name, Owner: "_rdb_superadmin", Managed: true, Size: 8 * scw.MB}
	i.databases.put(d.Name, d)
	return d, nil
}

func deleteDatabase(c *call, i *rdbInstance) (any, error) {
	name := c.PathValue("name")
	if !i.databases.remove(name) {
		return nil, errNotFound("database", name)
	}
	i.removePrivileges(func(p *rdb.Privilege) bool { return p.DatabaseName == name })
	return noContent{}, nil
}

func privilegeKey(p *rdb.Privilege) string { return p.DatabaseName + "/" + p.UserName }

func listPrivileges(c *call, i *rdbInstance) (any, error) {
	f := c.filters()
	found := i.privileges.list(func(p *rdb.Privilege) bool {
		return f.matches("database_name", p.DatabaseName) && f.matches("user_name", p.UserName)
	})
	page, total := paginate(c, sortBy(c, found, "user_name_asc", orders[rdb.Privilege]{
		"user_name":     byText(func(p *rdb.Privilege) string { return p.UserName }),
		"database_name": byText(func(p *rdb.Privilege) string { return p.DatabaseName }),
	}))
	return map[string]any{"privileges": page, "total_count": total}, nil
}

func setPrivilege(c *call, i *rdbInstance) (any, error) {
	var req rdb.SetPrivilegeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	if !i.databases.has(req.DatabaseName) {
		return nil, errNotFound("database", req.DatabaseName)
	}
	if !i.users.has(req.UserName) {
		return nil, errNotFound("user", req.UserName)
	}
	p := &rdb.Privilege{Permission: req.Permission, DatabaseName: req.DatabaseName, UserName: req.UserName}
	i.privileges.put(privilegeKey(p), p)
	return p, nil
}
