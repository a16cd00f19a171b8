// SPDX-License-Identifier: GPL-2.0
/*
 * Links: which protocol is to be bound to which adapter. A protocol is told to
 * bind as soon as it and the adapter are there, and to unbind when the link
 * goes.
 */
#include "ndis_shim/link.h"

#include "ndis_shim/binding.h"
#include "ndis_shim/call.h"
#include "ndis_shim/misuse.h"
#include "ndis_shim/wait.h"

#include <linux/moduleparam.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <net/net_namespace.h>

/**
 * struct entry - a link, and how far it is
 * @link: what others see
 * @busy: the protocol that has been told to bind and has not said how that ended,
 *	held; or NULL
 * @pass: in which pass it was tried last
 */
struct entry {
	struct chimn_link link;
	struct chimn_protocol *busy;
	u64 pass;
};

/* Under chimn_lock, like all that is in it. */
static LIST_HEAD(links);
static u64 passes;
static u64 binds;	/* that have ended */
static DECLARE_WAIT_QUEUE_HEAD(bind_ended);

static struct entry *find(struct net *net, const char *protocol,
			  const char *adapter)
{
	struct entry *entry;

	lockdep_assert_held(&chimn_lock);
	list_for_each_entry(entry, &links, link.node)
		if (entry->link.net == net &&
		    !strcmp(entry->link.protocol, protocol) &&
		    !strcmp(entry->link.adapter, adapter))
			return entry;
	return NULL;
}

/**
 * chimn_link_check() - is this the link of a bind in progress?
 * @context: what a protocol says was its BindContext
 *
 * Context: chimn_lock held.
 * Return: the link, or NULL.
 */
const struct chimn_link *chimn_link_check(const void *context)
{
	struct entry *entry;

	lockdep_assert_held(&chimn_lock);
	list_for_each_entry(entry, &links, link.node)
		if (&entry->link == context && entry->busy)
			return context;
	return NULL;
}

/*
 * The end of a bind, if it was in progress; @link is compared before it is
 * followed.
 */
static bool end_bind(const struct chimn_link *link, NDIS_STATUS status)
{
	struct chimn_protocol *protocol;
	struct entry *entry;

	mutex_lock(&chimn_lock);
	if (!chimn_link_check(link)) {
		mutex_unlock(&chimn_lock);
		return false;
	}
	if (status != NDIS_STATUS_SUCCESS)
		pr_notice("chimney_ndis: %s does not bind to %s: 0x%08x\n",
			  link->protocol, link->adapter, status);
	entry = container_of(link, struct entry, link);
	protocol = entry->busy;
	entry->busy = NULL;
	WRITE_ONCE(binds, binds + 1);
	mutex_unlock(&chimn_lock);
	wake_up_all(&bind_ended);
	chimn_obj_put(&protocol->obj, 1);
	return true;
}

/* Unless that takes longer, in which case the protocol says when it has bound. */
static void tell_bind(struct chimn_protocol *protocol, struct chimn_link *link)
{
	struct chimn_wide name, section;
	NDIS_BIND_PARAMETERS parameters = {
		.Header.Type = NDIS_OBJECT_TYPE_BIND_PARAMETERS,
		.Header.Revision = NDIS_BIND_PARAMETERS_REVISION_1,
		.Header.Size = sizeof(parameters),
		.ProtocolSection = &section.string,
		.AdapterName = &name.string,
		.MediaType = NdisMedium802_3,
		.MaxXmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN,
		.XmitLinkSpeed = NDIS_LINK_SPEED_UNKNOWN,
		.MaxRcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN,
		.RcvLinkSpeed = NDIS_LINK_SPEED_UNKNOWN,
	};
	NDIS_STATUS status;

	chimn_name_write(&name, link->adapter);
	chimn_name_write(&section, link->protocol);
	status = CHIMN_CALL(protocol->obj.ms, NDIS_STATUS,
			    (NDIS_HANDLE, NDIS_HANDLE, PNDIS_BIND_PARAMETERS),
			    protocol->chars.BindAdapterHandlerEx,
			    protocol->context, link, &parameters);
	if (status != NDIS_STATUS_PENDING && !end_bind(link, status))
		chimn_misuse(CHIMN_MISUSE_UNASKED, "BindAdapterHandlerEx");
}

/**
 * NdisCompleteBindAdapterEx() - BindAdapterHandlerEx had returned
 * NDIS_STATUS_PENDING
 * @BindAdapterContext: BindContext as given there
 * @Status: how binding ended
 *
 * Until then the protocol is not told to unbind, the link cannot be removed, and
 * the protocol's deregistration waits.
 *
 * Context: process, may sleep.
 */
VOID NdisCompleteBindAdapterEx(NDIS_HANDLE BindAdapterContext, NDIS_STATUS Status)
{
	if (!end_bind(BindAdapterContext, Status))
		chimn_misuse(CHIMN_MISUSE_UNASKED, __func__);
}

/**
 * chimn_link_binds() - how many binds have ended so far
 *
 * Context: chimn_lock held.
 * Return: a number for chimn_link_wait().
 */
u64 chimn_link_binds(void)
{
	lockdep_assert_held(&chimn_lock);
	return binds;
}

/**
 * chimn_link_wait() - wait until a bind in progress ends
 * @seen: chimn_link_binds() when one was seen
 *
 * Context: process, may sleep.
 */
void chimn_link_wait(u64 seen)
{
	while (!wait_event_timeout(bind_ended, READ_ONCE(binds) != seen,
				   READ_ONCE(chimn_wait_max)))
		chimn_wait_said("a protocol has not said yet whether it is bound");
}

/* The next link that can be tried: it is busy now. */
static struct entry *next_to_try(u64 pass)
{
	struct entry *entry;

	list_for_each_entry(entry, &links, link.node) {
		if (entry->busy || entry->pass >= pass ||
		    chimn_binding_linked(&entry->link))
			continue;
		entry->pass = pass;
		if (!chimn_adapter_exists(entry->link.net, entry->link.adapter))
			continue;
		entry->busy = chimn_protocol_named(entry->link.protocol);
		if (entry->busy)
			return entry;
	}
	return NULL;
}

/**
 * chimn_links_bind() - bind what is linked and can be bound
 *
 * Context: process, may sleep.
 */
void chimn_links_bind(void)
{
	struct entry *entry;
	u64 pass;

	/*
	 * A protocol may well bring an adapter of its own, and so come here
	 * again: the outer call then leaves alone what the inner one has tried.
	 */
	mutex_lock(&chimn_lock);
	pass = ++passes;
	while ((entry = next_to_try(pass))) {
		struct chimn_protocol *protocol = entry->busy;

		mutex_unlock(&chimn_lock);
		tell_bind(protocol, &entry->link);
		mutex_lock(&chimn_lock);
	}
	mutex_unlock(&chimn_lock);
}

/**
 * chimn_link_add() - link a protocol to an adapter
 * @net: namespace, of adapters that are network devices
 * @protocol: name; need not be there yet
 * @adapter: name; likewise
 *
 * Context: process, may sleep. Binds.
 * Return: 0; -EEXIST, -ENOMEM.
 */
int chimn_link_add(struct net *net, const char *protocol, const char *adapter)
{
	struct entry *entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	bool known;

	if (!entry)
		return -ENOMEM;
	strscpy(entry->link.protocol, protocol, CHIMN_NAME_MAX);
	strscpy(entry->link.adapter, adapter, CHIMN_NAME_MAX);
	entry->link.net = net;
	mutex_lock(&chimn_lock);
	known = find(net, protocol, adapter);
	if (!known) {
		get_net(net);
		list_add_tail(&entry->link.node, &links);
	}
	mutex_unlock(&chimn_lock);
	if (known) {
		kfree(entry);
		return -EEXIST;
	}
	chimn_links_bind();
	return 0;
}

static void free_entry(struct entry *entry)
{
	put_net(entry->link.net);
	kfree(entry);
}

/**
 * chimn_link_remove() - undo chimn_link_add()
 * @net: as given there
 * @protocol: as given there
 * @adapter: as given there
 *
 * Context: process, may sleep. Unbinds.
 * Return: 0; -ENOENT; -EBUSY while the protocol is being told to bind.
 */
int chimn_link_remove(struct net *net, const char *protocol,
		      const char *adapter)
{
	struct entry *entry;
	int err = -ENOENT;

	mutex_lock(&chimn_lock);
	entry = find(net, protocol, adapter);
	if (entry)
		err = entry->busy ? -EBUSY : 0;
	if (!err)
		list_del(&entry->link.node);
	mutex_unlock(&chimn_lock);
	if (err)
		return err;
	chimn_binding_unbind_link(&entry->link);
	free_entry(entry);
	return 0;
}

/**
 * chimn_links_teardown() - forget all links
 *
 * Context: module exit; no protocol is left.
 */
void chimn_links_teardown(void)
{
	struct entry *entry, *next;

	list_for_each_entry_safe(entry, next, &links, link.node)
		free_entry(entry);
	INIT_LIST_HEAD(&links);
}

/* --- the parameter -------------------------------------------------------- */

/* "PROTOCOL ADAPTER", with a minus in front to remove it. */
static int set_one(char *text)
{
	struct net *net = current->nsproxy->net_ns;
	char *protocol, *adapter;
	bool remove;

	text = strim(text);
	if (!*text)
		return 0;
	remove = *text == '-';
	text += remove;
	protocol = strsep(&text, " \t");
	adapter = text ? strim(text) : NULL;
	if (!adapter || !*adapter || strpbrk(adapter, " \t") ||
	    strlen(protocol) >= CHIMN_NAME_MAX ||
	    strlen(adapter) >= CHIMN_NAME_MAX)
		return -EINVAL;
	return remove ? chimn_link_remove(net, protocol, adapter) :
			chimn_link_add(net, protocol, adapter);
}

static int set(const char *value, const struct kernel_param *kp)
{
	char *copy = kstrdup(value, GFP_KERNEL), *rest = copy, *one;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	while (!err && (one = strsep(&rest, ",\n")))
		err = set_one(one);
	kfree(copy);
	return err;
}

static int get(char *buffer, const struct kernel_param *kp)
{
	struct entry *entry;
	int len = 0;

	mutex_lock(&chimn_lock);
	list_for_each_entry(entry, &links, link.node)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%s %s%s\n",
				 entry->link.protocol, entry->link.adapter,
				 entry->busy ? " binding" :
				 chimn_binding_linked(&entry->link) ?
				 " bound" : "");
	mutex_unlock(&chimn_lock);
	return len;
}

static const struct kernel_param_ops ops = { .set = set, .get = get };

module_param_cb(bind, &ops, NULL, 0644);
MODULE_PARM_DESC(bind, "PROTOCOL ADAPTER to bind, -PROTOCOL ADAPTER to unbind");
