// SPDX-License-Identifier: GPL-2.0
/* chimctl object: objects as a tree */
#include "chimctl.h"

#include <linux/genetlink.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: chimctl object show [dev DEV]\n";

/* An object out of a dump; @copy holds all its attributes. */
struct object {
	char ifname[16];
	uint32_t ifindex;
	uint64_t handle;
	uint64_t below;
	struct nlattr *copy;
};

struct list {
	struct object *objects;
	size_t count, room;
};

static void forget(struct list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->objects[i].copy);
	free(list->objects);
	*list = (struct list) {};
}

static int no_memory(void)
{
	fputs("Error: out of memory\n", stderr);
	return EXIT_SYSTEM;
}

static struct object *more(struct list *list)
{
	struct object *objects;
	size_t room;

	if (list->count == list->room) {
		room = list->room ? 2 * list->room : 256;
		objects = realloc(list->objects, room * sizeof(*objects));
		if (!objects)
			return NULL;
		list->objects = objects;
		list->room = room;
	}
	return memset(&list->objects[list->count++], 0,
		      sizeof(*list->objects));
}

static int take_object(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CHIMNEY_A_OPERATION_MAX + 1];
	const struct nlattr *o[CHIMNEY_A_OBJECT_MAX + 1];
	struct object *object = more(data);
	const struct nlattr *nest;

	nl_parse_msg(nlh, tb, CHIMNEY_A_OPERATION_MAX);
	nest = tb[CHIMNEY_A_OPERATION_OBJECT];
	nl_parse(nest, o, CHIMNEY_A_OBJECT_MAX);
	if (!object)
		return no_memory();
	object->copy = malloc(mnl_attr_get_len(nest));
	if (!object->copy)
		return no_memory();
	memcpy(object->copy, nest, mnl_attr_get_len(nest));
	object->ifindex = mnl_attr_get_u32(tb[CHIMNEY_A_OPERATION_IFINDEX]);
	if (tb[CHIMNEY_A_OPERATION_IFNAME])
		snprintf(object->ifname, sizeof(object->ifname), "%s",
			 mnl_attr_get_str(tb[CHIMNEY_A_OPERATION_IFNAME]));
	object->handle = mnl_attr_get_u64(o[CHIMNEY_A_OBJECT_HANDLE]);
	if (o[CHIMNEY_A_OBJECT_BELOW])
		object->below = mnl_attr_get_u64(o[CHIMNEY_A_OBJECT_BELOW]);
	return EXIT_OK;
}

/* A dump that was interrupted may miss objects: ask again. */
static int read_objects(struct list *list, uint32_t ifindex)
{
	struct nlmsghdr *nlh;
	int tries, rc = NL_AGAIN;

	for (tries = 0; rc == NL_AGAIN && tries < DUMP_TRIES; tries++) {
		forget(list);
		nlh = nl_request(CHIMNEY_CMD_OBJECT_GET, NLM_F_DUMP);
		if (ifindex)
			mnl_attr_put_u32(nlh, CHIMNEY_A_OPERATION_IFINDEX,
					 ifindex);
		rc = nl_talk(nlh, take_object, list);
	}
	if (rc != NL_AGAIN)
		return rc;
	fputs("Note: objects came or went meanwhile.\n", stderr);
	return EXIT_OK;
}

/* Those with the same object below stand together, oldest first. */
static int by_below(const void *a, const void *b)
{
	const struct object *one = a, *two = b;

	if (one->ifindex != two->ifindex)
		return one->ifindex < two->ifindex ? -1 : 1;
	if (one->below != two->below)
		return one->below < two->below ? -1 : 1;
	return one->handle < two->handle ? -1 : one->handle > two->handle;
}

/* First of the objects that depend on @below, or the end of the list. */
static size_t first_above(const struct list *list, uint32_t ifindex,
			  uint64_t below)
{
	struct object key = { .ifindex = ifindex, .below = below };
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (by_below(&list->objects[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct {
	uint32_t mark;
	const char *name;
} marks[] = {
	{ CHIMNEY_MARK_INVALID, "invalid" },
	{ CHIMNEY_MARK_UPLOAD, "upload" },
	{ CHIMNEY_MARK_CORRUPT, "corrupt" },
	{ CHIMNEY_MARK_REPORTED, "reported" },
};

static void parse(const struct object *object, const struct nlattr **o,
		  int *layer, const struct nlattr **values)
{
	nl_parse(object->copy, o, CHIMNEY_A_OBJECT_MAX);
	*layer = mnl_attr_get_u8(o[CHIMNEY_A_OBJECT_LAYER]);
	nl_parse(o[CHIMNEY_A_OBJECT_NEIGHBOR + *layer], values,
		 CHIMNEY_A_CONNECTION_MAX);
}

static void text_object(const struct object *object, int indent)
{
	const struct nlattr *values[CHIMNEY_A_CONNECTION_MAX + 1];
	const struct nlattr *o[CHIMNEY_A_OBJECT_MAX + 1];
	uint32_t set;
	size_t i;
	int layer;

	parse(object, o, &layer, values);
	printf("%*s%s 0x%016llx client %s", indent, "", layer_names[layer],
	       (unsigned long long)object->handle,
	       mnl_attr_get_str(o[CHIMNEY_A_OBJECT_CLIENT]));
	set = mnl_attr_get_u32(o[CHIMNEY_A_OBJECT_MARKS]);
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		if (set & marks[i].mark)
			printf(" %s", marks[i].name);
	putchar('\n');
	text_fields(&layer_fields[layer], values, indent + 4);
}

/* @from its place in the list on: all with the same object below. */
static void text_tree(const struct list *list, size_t from, int indent)
{
	const struct object *first = &list->objects[from];
	size_t i, above;

	for (i = from; i < list->count; i++) {
		const struct object *object = &list->objects[i];

		if (object->ifindex != first->ifindex ||
		    object->below != first->below)
			break;
		text_object(object, indent);
		above = first_above(list, object->ifindex, object->handle);
		if (above < list->count &&
		    list->objects[above].below == object->handle)
			text_tree(list, above, indent + 2);
	}
}

static void text_objects(const struct list *list)
{
	uint32_t ifindex = 0;
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct object *object = &list->objects[i];

		if (object->ifindex == ifindex)
			continue;
		ifindex = object->ifindex;
		printf("%s:\n", object->ifname);
		text_tree(list, i, 2);
	}
}

static void js_object(const struct object *object)
{
	const struct nlattr *values[CHIMNEY_A_CONNECTION_MAX + 1];
	const struct nlattr *o[CHIMNEY_A_OBJECT_MAX + 1];
	uint32_t set;
	size_t i;
	int layer;

	parse(object, o, &layer, values);
	js_item();
	js_string("ifname", object->ifname);
	js_handle("handle", object->handle);
	js_string("layer", layer_names[layer]);
	if (object->below)
		js_handle("below", object->below);
	js_string("client", mnl_attr_get_str(o[CHIMNEY_A_OBJECT_CLIENT]));
	js_number("dependents",
		  mnl_attr_get_u32(o[CHIMNEY_A_OBJECT_DEPENDENTS]));
	js_open("marks", '[');
	set = mnl_attr_get_u32(o[CHIMNEY_A_OBJECT_MARKS]);
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		if (set & marks[i].mark)
			js_string(NULL, marks[i].name);
	js_close(']');
	js_fields(&layer_fields[layer], values);
	js_close('}');
}

static void js_objects(const struct list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		js_object(&list->objects[i]);
	js_finish(EXIT_OK);
}

/**
 * show_objects() - show the objects of adapters
 * @ifindex: of one adapter, or 0 for all
 *
 * Return: exit code.
 */
int show_objects(uint32_t ifindex)
{
	struct list list = {};
	int rc = read_objects(&list, ifindex);

	if (rc == EXIT_OK) {
		if (list.count)
			qsort(list.objects, list.count, sizeof(*list.objects),
			      by_below);
		if (json)
			js_objects(&list);
		else
			text_objects(&list);
	}
	forget(&list);
	return rc;
}

/**
 * cmd_object() - objects of all layers
 * @w: what follows
 *
 * Return: exit code.
 */
int cmd_object(struct words *w)
{
	static const char *const commands[] = { "show" };
	uint32_t ifindex = 0;
	const char *word;
	int rc;

	if (is_help(w) || (w->count > 1 && is_help(&(struct words) {
			w->count - 1, w->list + 1 }))) {
		fputs(usage, stdout);
		return EXIT_OK;
	}
	word = next_word(w);
	if (word && match(word, commands, 1, sizeof(*commands), "command") < 0)
		return EXIT_USAGE;
	rc = nl_open(NL_CHIMNEY);
	if (rc == EXIT_OK && w->count)
		rc = read_device(w, &ifindex);
	if (rc == EXIT_OK && w->count)
		rc = bad_usage("unknown argument \"%s\"", w->list[0]);
	return rc == EXIT_OK ? show_objects(ifindex) : rc;
}
