package sandbox

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Recorded durations of operations on Database Instances.
const (
	rdbCreateDuration    = 210 * time.Second
	rdbConfigureDuration = 30 * time.Second
	rdbDeleteDuration    = 30 * time.Second
)

// rdbInstance is a Database Instance with its users, databases, privileges and access rules.
type rdbInstance struct {
	rdb.Instance

	Endpoint *rdb.Endpoint `json:"endpoint"` // the public endpoint, or null

	certificate []byte
	users       *collection[rdb.User]
	databases   *collection[rdb.Database]
	privileges  *collection[rdb.Privilege]
	acls        []*rdb.ACLRule
}

func (s *Server) routeDatabases() {
	const base = "/rdb/v1/regions/{region}"
	const one = base + "/instances/{id}"
	route := func(pattern string, handle func(*call, *rdbInstance) (any, error)) {
		s.route(pattern, areaDatabase, withObject(s.findDatabaseInstance, handle))
	}
	s.route("GET "+base+"/instances", areaDatabase, s.listDatabaseInstances)
	s.route("POST "+base+"/instances", areaDatabase, s.createDatabaseInstance)
	route("GET "+one, show[rdbInstance])
	route("PATCH "+one, s.updateDatabaseInstance)
	route("DELETE "+one, s.deleteDatabaseInstance)
	route("POST "+one+"/upgrade", s.upgradeDatabaseInstance)
	route("POST "+one+"/restart", s.restartDatabaseInstance)
	route("GET "+one+"/certificate", s.getDatabaseCertificate)
	route("POST "+one+"/renew-certificate", func(_ *call, i *rdbInstance) (any, error) {
		i.certificate = nil
		return noContent{}, nil
	})
	s.routeDatabaseCatalogue(base)
	s.routeDatabaseEndpoints(base)
	s.routeDatabaseAccess(one)
	s.routeDatabaseBackups(base)
	s.routeDatabaseSnapshots(base)
}

func (s *Server) listDatabaseInstances(c *call) (any, error) {
	f := c.filters()
	found := s.rdbInstances.list(func(i *rdbInstance) bool {
		return i.Region == c.region() && f.matches("organization_id", i.OrganizationID) &&
			f.matches("project_id", i.ProjectID) && f.contains("name", i.Name) && f.hasTag(i.Tags) &&
			f.matchesBool("has_maintenances", len(i.Maintenances) > 0)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[rdbInstance]{
		"created_at": byTime(func(i *rdbInstance) *time.Time { return i.CreatedAt }),
		"name":       byText(func(i *rdbInstance) string { return i.Name }),
		"status":     byText(func(i *rdbInstance) string { return string(i.Status) }),
		"region":     byText(func(i *rdbInstance) string { return string(i.Region) }),
	}))
	return map[string]any{"instances": page, "total_count": total}, nil
}

func (s *Server) createDatabaseInstance(c *call) (any, error) {
	var req rdb.CreateInstanceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(req.ProjectID)
	if !s.projects.has(projectID) {
		return nil, errNotFound("project_id", projectID)
	}
	engine, err := findDatabaseEngine(req.Engine)
	if err != nil {
		return nil, err
	}
	nodeType, volume, err := databaseVolume(req.NodeType, req.VolumeType, req.VolumeSize)
	if err != nil {
		return nil, err
	}
	i := s.newDatabaseInstance(projectID, c.region(), cmp.Or(req.Name, generatedName("rdb")), engine)
	i.NodeType, i.Volume, i.Tags, i.BackupSameRegion = nodeType, volume, nonNilTags(req.Tags), req.BackupSameRegion
	i.IsHaCluster = req.IsHaCluster || //nolint:staticcheck // deprecated, but clients send it
		req.HighAvailabilityMode == rdb.HighAvailabilityModeSingleZone ||
		req.HighAvailabilityMode == rdb.HighAvailabilityModeMultipleZone
	i.HighAvailabilityMode = haMode(i.IsHaCluster, req.HighAvailabilityMode)
	i.InitSettings = nonNilSlice(req.InitSettings)
	i.setBackupSchedule(s.timestamp(), req.DisableBackup)
	if req.Encryption != nil {
		i.Encryption.Enabled = req.Encryption.Enabled
	}
	if req.UserName != "" {
		i.users.put(req.UserName, &rdb.User{Name: req.UserName, IsAdmin: true})
	}
	return s.startDatabaseInstance(i, req.InitEndpoints)
}

// startDatabaseInstance adds an instance and its endpoints. Private endpoints exist at once, and the public one, which
// an instance without specified endpoints has, once the instance is ready.
func (s *Server) startDatabaseInstance(i *rdbInstance, endpoints []*rdb.EndpointSpec) (any, error) {
	public := len(endpoints) == 0
	for _, spec := range endpoints {
		if spec.LoadBalancer != nil {
			public = true
		}
		if spec.PrivateNetwork == nil {
			continue
		}
		if err := s.addPrivateEndpoint(i, spec.PrivateNetwork); err != nil {
			s.releaseIPs(i.ID)
			return nil, err
		}
	}
	s.rdbInstances.put(i.ID, i)
	s.after(rdbCreateDuration, func() {
		if i.Status != rdb.InstanceStatusProvisioning {
			return
		}
		i.Status, i.Settings = rdb.InstanceStatusReady, defaultDatabaseSettings(i.Engine)
		if public {
			s.addPublicEndpoint(i)
		}
	})
	return i, nil
}

// newDatabaseInstance returns an instance with the recorded defaults and with the database of a new instance
// [INFERRED rdb-new-instance].
func (s *Server) newDatabaseInstance(projectID string, region scw.Region, name, engine string) *rdbInstance {
	retention := uint32(30)
	i := &rdbInstance{
		users: newCollection[rdb.User](), databases: newCollection[rdb.Database](),
		privileges: newCollection[rdb.Privilege](),
		Instance: rdb.Instance{
			ID: uuid.NewString(), Name: name, OrganizationID: OrganizationID, ProjectID: projectID, Region: region,
			Status: rdb.InstanceStatusProvisioning, Engine: engine, CreatedAt: s.timestamp(), Tags: []string{},
			Settings: []*rdb.InstanceSetting{}, InitSettings: []*rdb.InstanceSetting{},
			ReadReplicas: []*rdb.ReadReplica{}, Endpoints: []*rdb.Endpoint{}, Maintenances: []*rdb.Maintenance{},
			UpgradableVersion: []*rdb.UpgradableVersion{}, LogsPolicy: &rdb.LogsPolicy{MaxAgeRetention: &retention},
			Encryption: &rdb.EncryptionAtRest{},
		},
	}
	i.databases.put("rdb", &rdb.Database{Name: "rdb", Owner: "_rdb_superadmin", Managed: true, Size: 8 * scw.MB})
	return i
}

func haMode(enabled bool, requested rdb.HighAvailabilityMode) rdb.HighAvailabilityMode {
	switch {
	case !enabled:
		return rdb.HighAvailabilityModeDisabled
	case requested == rdb.HighAvailabilityModeMultipleZone:
		return requested
	}
	return rdb.HighAvailabilityModeSingleZone
}

// setBackupSchedule sets the default schedule: a backup every day, which is kept for a week.
func (i *rdbInstance) setBackupSchedule(now *time.Time, disabled bool) {
	i.BackupSchedule = &rdb.BackupSchedule{Frequency: 24, Retention: 7, Disabled: disabled}
	i.planBackup(now)
}

// planBackup sets the time of the next backup. The sandbox makes no automatic backups.
func (i *rdbInstance) planBackup(now *time.Time) {
	i.BackupSchedule.NextRunAt = nil
	if !i.BackupSchedule.Disabled {
		next := now.Add(time.Duration(i.BackupSchedule.Frequency) * time.Hour)
		i.BackupSchedule.NextRunAt = &next
	}
}

func (s *Server) findDatabaseInstance(c *call) (*rdbInstance, error) {
	return s.databaseInstance(c, c.PathValue("id"))
}

func (s *Server) databaseInstance(c *call, id string) (*rdbInstance, error) {
	i, ok := s.rdbInstances.get(id)
	if !ok || i.Region != c.region() {
		return nil, errNotFound("instance", id)
	}
	return i, nil
}

// requireReady refuses to change an instance that is not ready [INFERRED rdb-states].
func (i *rdbInstance) requireReady() error {
	if i.Status != rdb.InstanceStatusReady {
		return errTransient("instance", i.ID, string(i.Status))
	}
	return nil
}

// configure sets the status of an instance until a change is done.
func (s *Server) configure(i *rdbInstance, status rdb.InstanceStatus) {
	i.Status = status
	s.after(rdbConfigureDuration, func() {
		if i.Status == status {
			i.Status = rdb.InstanceStatusReady
		}
	})
}

// updateDatabaseInstance changes an instance. As recorded, the status stays ready.
func (s *Server) updateDatabaseInstance(c *call, i *rdbInstance) (any, error) {
	var req rdb.UpdateInstanceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	setIfPresent(&i.Name, req.Name)
	setIfPresent(&i.BackupSameRegion, req.BackupSameRegion)
	if req.Tags != nil {
		i.Tags = nonNilTags(*req.Tags)
	}
	if req.LogsPolicy != nil {
		i.LogsPolicy = req.LogsPolicy
	}
	before := *i.BackupSchedule
	setIfPresent(&i.BackupSchedule.Frequency, req.BackupScheduleFrequency)
	setIfPresent(&i.BackupSchedule.Retention, req.BackupScheduleRetention)
	setIfPresent(&i.BackupSchedule.Disabled, req.IsBackupScheduleDisabled)
	if *i.BackupSchedule != before {
		i.planBackup(s.timestamp())
	}
	return i, nil
}

func (s *Server) deleteDatabaseInstance(_ *call, i *rdbInstance) (any, error) {
	i.Status = rdb.InstanceStatusDeleting
	s.after(rdbDeleteDuration, func() {
		s.releaseIPs(i.ID)
		s.rdbInstances.remove(i.ID)
	})
	return i, nil
}

// upgradeDatabaseInstance changes the node type, the volume, high availability or the encryption of an instance. The
// sandbox has no upgrades of the engine [INFERRED rdb-states].
func (s *Server) upgradeDatabaseInstance(c *call, i *rdbInstance) (any, error) {
	var req rdb.UpgradeInstanceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	volume := *i.Volume
	setIfPresent(&volume.Type, req.VolumeType)
	if req.VolumeSize != nil {
		volume.Size = scw.Size(*req.VolumeSize)
	}
	if volume.Size < i.Volume.Size {
		return nil, errInvalid("volume_size", "constraint", "a volume cannot shrink")
	}
	if req.EnableEncryption != nil && !*req.EnableEncryption && i.Encryption.Enabled {
		return nil, errInvalid("enable_encryption", "constraint", "encryption at rest cannot be disabled")
	}
	nodeType, changed, err := databaseVolume(cmp.Or(deref(req.NodeType), i.NodeType), volume.Type, volume.Size)
	if err != nil {
		return nil, err
	}
	i.NodeType, i.Volume = nodeType, changed
	if req.EnableHa != nil && *req.EnableHa { //nolint:staticcheck // deprecated, but clients send it
		i.IsHaCluster, i.HighAvailabilityMode = true, haMode(true, i.HighAvailabilityMode)
	}
	if req.EnableEncryption != nil && *req.EnableEncryption {
		i.Encryption.Enabled = true
	}
	s.configure(i, rdb.InstanceStatusConfiguring)
	return i, nil
}

func (s *Server) restartDatabaseInstance(_ *call, i *rdbInstance) (any, error) {
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	s.configure(i, rdb.InstanceStatusRestarting)
	return i, nil
}

// getDatabaseCertificate returns a certificate for the addresses of an instance.
func (s *Server) getDatabaseCertificate(_ *call, i *rdbInstance) (any, error) {
	if i.certificate == nil {
		var addresses []net.IP
		for _, endpoint := range i.Endpoints {
			if endpoint.IP != nil {
				addresses = append(addresses, *endpoint.IP)
			}
		}
		encoded, err := newCertificate(s.now(), addresses)
		if err != nil {
			return nil, err
		}
		i.certificate = encoded
	}
	return map[string]any{
		"name": "ssl_certificate", "content_type": "application/x-pem-file", "content": i.certificate,
	}, nil
}

// newCertificate returns a self-signed certificate for addresses, which is valid for ten years, in PEM format.
func newCertificate(now time.Time, addresses []net.IP) ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), NotBefore: now, NotAfter: now.AddDate(10, 0, 0),
		Subject:     pkix.Name{Country: []string{"FR"}, Organization: []string{"Scaleway"}},
		IPAddresses: addresses,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, fmt.Errorf("create a certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: encoded}), nil
}
