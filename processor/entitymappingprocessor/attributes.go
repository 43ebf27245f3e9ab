package entitymappingprocessor

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/seed-9ff5f8f0/defender-sentinel/internal/entity"
)

// placement says which field of an entity becomes which attribute.
type placement struct{ key, field string }

// The attributes, all of OpenTelemetry's semantic conventions 1.43. Besides
// these: host.ip (a list), file.path and process.executable.path (directory
// and name), process.pid and process.parent_pid (integers), process.executable.name
// (of the image file), and source.address or destination.address, by the roles
// of an alert's only address.
func hostAttributes() []placement {
	return []placement{{string(semconv.HostNameKey), "HostName"}, {string(semconv.HostIDKey), "MdatpDeviceId"}}
}

func userAttributes() []placement {
	return []placement{
		{string(semconv.UserNameKey), "Name"},
		{string(semconv.UserFullNameKey), "DisplayName"},
		// The first of the two that the account has.
		{string(semconv.UserIDKey), "AadUserId"},
		{string(semconv.UserIDKey), "Sid"},
	}
}

func fileAttributes() []placement {
	return []placement{
		{string(semconv.FileNameKey), "Name"}, {string(semconv.FileDirectoryKey), "Directory"}, {string(semconv.FileSizeKey), "SizeInBytes"},
	}
}

func processAttributes() []placement {
	return []placement{
		{string(semconv.ProcessCommandLineKey), "CommandLine"}, {string(semconv.ProcessCreationTimeKey), "CreationTimeUtc"},
	}
}

func containerAttributes() []placement {
	return []placement{{string(semconv.ContainerIDKey), "ContainerId"}, {string(semconv.ContainerNameKey), "Name"}}
}

// describe adds the attributes of the things that the alert names one of.
func describe(to pcommon.Map, entities pcommon.Slice, sole entity.Sole) {
	d := description{to, entities}
	d.place(sole.Host, hostAttributes())
	d.place(sole.Account, userAttributes())
	d.place(sole.Mailbox, []placement{{string(semconv.UserEmailKey), "MailboxPrimaryAddress"}})
	d.place(sole.File, fileAttributes())
	d.place(sole.URL, []placement{{string(semconv.URLFullKey), "Url"}})
	d.place(sole.Container, containerAttributes())
	d.place(sole.Pod, []placement{{string(semconv.K8SPodNameKey), "Name"}})
	d.place(sole.Process, processAttributes())
	d.place(sole.Image, []placement{{string(semconv.ProcessExecutableNameKey), "Name"}})
	d.number(sole.Process, string(semconv.ProcessPIDKey))
	d.number(sole.Parent, string(semconv.ProcessParentPIDKey))
	d.path(sole.File, string(semconv.FilePathKey))
	d.path(sole.Image, string(semconv.ProcessExecutablePathKey))
	d.hostIP(sole.Host)
	d.address(sole.IP)
}

// description writes attributes that are not there yet.
type description struct {
	to       pcommon.Map
	entities pcommon.Slice
}

// field is a field of the entity at a position, when it says something: absent,
// empty and masked values do not.
func (d description) field(at int, name string) (pcommon.Value, bool) {
	if at < 0 {
		return pcommon.Value{}, false
	}
	v, ok := d.entities.At(at).Map().Get(name)
	if !ok {
		return v, false
	}
	switch v.Type() {
	case pcommon.ValueTypeStr:
		// Stars and dashes mean something in a command line.
		return v, v.Str() != "" && (name == "CommandLine" || entity.Meaningful(v.Str()))
	case pcommon.ValueTypeInt:
		return v, true
	default:
		return v, false
	}
}

func (d description) text(at int, name string) string {
	v, ok := d.field(at, name)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

func (d description) str(key, value string) {
	if value == "" {
		return
	}
	if v, there := d.to.GetOrPutEmpty(key); !there {
		v.SetStr(value)
	}
}

func (d description) place(at int, placements []placement) {
	for _, p := range placements {
		v, ok := d.field(at, p.field)
		if !ok {
			continue
		}
		if have, there := d.to.GetOrPutEmpty(p.key); !there {
			v.CopyTo(have)
		}
	}
}

// number writes an entity's process id as the integer that it is.
func (d description) number(at int, key string) {
	pid, err := strconv.ParseInt(d.text(at, "ProcessId"), 10, 64)
	if err != nil {
		return
	}
	if v, there := d.to.GetOrPutEmpty(key); !there {
		v.SetInt(pid)
	}
}

// path joins a file's directory and name as its own system does.
func (d description) path(at int, key string) {
	directory, name := d.text(at, "Directory"), d.text(at, "Name")
	if directory == "" || name == "" {
		return
	}
	separator := `\`
	if strings.Contains(directory, "/") && !strings.Contains(directory, `\`) {
		separator = "/"
	}
	d.str(key, strings.TrimSuffix(directory, separator)+separator+name)
}

func (d description) hostIP(at int) {
	ip := d.text(at, "LastIpAddress")
	if ip == "" {
		return
	}
	if v, there := d.to.GetOrPutEmpty(string(semconv.HostIPKey)); !there {
		v.SetEmptySlice().AppendEmpty().SetStr(ip)
	}
}

// address writes the alert's only address by the part it plays, and not at all
// when that is not known.
func (d description) address(at int) {
	if at < 0 {
		return
	}
	roles, ok := d.entities.At(at).Map().Get("Roles")
	if !ok || roles.Type() != pcommon.ValueTypeSlice {
		return
	}
	for _, role := range roles.Slice().All() {
		switch role.AsString() {
		case "source", "attacker":
			d.str(string(semconv.SourceAddressKey), d.text(at, "Address"))
			return
		case "destination", "commandAndControl":
			d.str(string(semconv.DestinationAddressKey), d.text(at, "Address"))
			return
		}
	}
}
