// SPDX-License-Identifier: GPL-3.0-or-later
// What HTML reports need a script for: sorting, filtering and paging tables, copying commands, and
// opening what a link leads to. Texts become text nodes and nothing else.
'use strict';
(function () {
	const PAGE_ROWS = 200;

	function element(name, className, text) {
		const made = document.createElement(name);
		if (className)
			made.className = className;
		if (text !== undefined)
			made.textContent = text;
		return made;
	}

	function button(text, action) {
		const made = element('button', '', text);
		made.type = 'button';
		made.addEventListener('click', action);
		return made;
	}

	const numberFormat = new Intl.NumberFormat('en');

	// As the program writes them: "21.4 GB", powers of 1000.
	function bytesText(bytes) {
		const units = ['MB', 'GB', 'TB', 'PB', 'EB'];
		let size = bytes / 1e6;
		let unit = 0;
		if (bytes < 1000)
			return bytes + ' B';
		if (Math.round(bytes / 1000) < 1000)
			return Math.round(bytes / 1000) + ' kB';
		while (Math.round(size * 10) >= 10000 && unit < units.length - 1) {
			size /= 1000;
			unit++;
		}
		return size.toFixed(1) + ' ' + units[unit];
	}

	function timeText(seconds) {
		const text = new Date(seconds * 1000).toISOString();
		return text.slice(0, 10) + ' ' + text.slice(11, 19);
	}

	function isNumeric(kind) {
		return kind === 'count' || kind === 'bytes' || kind === 'id' || kind === 'time';
	}

	// What a value looks like; empty where there is none.
	function valueText(kind, value) {
		if (value === null)
			return '';
		if (kind === 'count')
			return numberFormat.format(value);
		if (kind === 'bytes')
			return bytesText(value);
		return kind === 'time' ? timeText(value) : String(value);
	}

	// The place in this page that a cell leads to, if it is here.
	function target(column, value) {
		if (!column.link || value === null || value === '')
			return null;
		const id = column.link + '-' + value;
		return document.getElementById(id) ? '#' + encodeURIComponent(id) : null;
	}

	function cell(column, value) {
		const td = element('td', column.className);
		const text = valueText(column.kind, value);
		const href = target(column, value);
		let inside = td;
		if (href) {
			inside = td.appendChild(element('a'));
			inside.href = href;
		} else if (column.kind === 'verdict' && text !== '') {
			inside = td.appendChild(element('span', 'v v-' + text));
		}
		inside.textContent = text;
		return td;
	}

	// Rows that came as data: a text once, then its number; times as steps of a second.
	function decode(columns, data) {
		const texts = [''];
		const last = columns.map(() => 0);
		return data.map(function (packed) {
			const values = packed.map(function (value, i) {
				const kind = columns[i].kind;
				if (kind === 'time') {
					if (value === null)
						return null;
					last[i] += value;
					return last[i];
				}
				if (isNumeric(kind))
					return value;
				if (typeof value !== 'string')
					return texts[value];
				texts.push(value);
				return value;
			});
			return {values: values, tr: null};
		});
	}

	// Rows that stand in the page.
	function readRows(columns, body) {
		return Array.from(body.rows, function (tr) {
			const values = columns.map(function (column, i) {
				const td = tr.cells[i];
				const text = td.textContent;
				if (!isNumeric(column.kind))
					return text;
				if (text === '')
					return null;
				if (td.dataset.v !== undefined)
					return Number(td.dataset.v);
				return column.kind === 'time' ? Date.parse(text.replace(' ', 'T') + 'Z') / 1000
					: Number(text.replace(/,/g, ''));
			});
			return {values: values, tr: tr};
		});
	}

	function makeRow(columns, row) {
		if (row.tr)
			return row.tr;
		const tr = element('tr');
		columns.forEach((column, i) => tr.appendChild(cell(column, row.values[i])));
		return tr;
	}

	function rowText(columns, row) {
		if (row.text === undefined)
			row.text = columns.map((c, i) => valueText(c.kind, row.values[i])).join('\n')
				.toLowerCase();
		return row.text;
	}

	// For each row a number by which it stands in the order of a column: each text is compared once.
	function ranks(column, at, rows) {
		if (isNumeric(column.kind))
			return rows.map((row) => row.values[at]);
		const order = new Intl.Collator('en', {numeric: true});
		const texts = Array.from(new Set(rows.map((row) => row.values[at]))).sort(order.compare);
		const rank = new Map(texts.map((text, i) => [text, text === '' ? null : i]));
		return rows.map((row) => rank.get(row.values[at]));
	}

	function Table(table) {
		this.table = table;
		this.body = table.tBodies[0];
		this.heads = Array.from(table.tHead.rows[0].cells);
		this.columns = this.heads.map((th) => ({
			kind: th.dataset.kind, link: th.dataset.link,
			className: {count: 'n', bytes: 'n', id: 'n', time: 't'}[th.dataset.kind] || '',
		}));
		this.data = document.getElementById(table.id.replace(/-table$/, '-rows'));
		this.count = this.data ? Number(this.data.dataset.count) : this.body.rows.length;
		this.rows = null;
		this.shown = [];
		this.first = 0;
		this.sorted = -1;
		this.descending = false;
		this.heads.forEach((th, i) => this.addSorter(th, i));
		this.addTools();
	}

	// Reads the rows when they are needed for the first time.
	Table.prototype.load = function () {
		if (this.rows)
			return;
		this.rows = this.data ? decode(this.columns, JSON.parse(this.data.textContent))
			: readRows(this.columns, this.body);
		this.shown = this.rows;
	};

	Table.prototype.addSorter = function (th, i) {
		const sorter = button(th.textContent, () => this.sort(i));
		th.replaceChildren(sorter);
	};

	Table.prototype.addTools = function () {
		const tools = element('div', 'tools');
		const verdict = this.columns.findIndex((column) => column.kind === 'verdict');
		this.filter = element('input');
		this.filter.type = 'search';
		this.filter.placeholder = 'filter: words that a row must have';
		this.filter.setAttribute('aria-label', 'Filter ' + this.table.dataset.title);
		this.filter.addEventListener('input', () => this.apply());
		tools.appendChild(this.filter);
		if (verdict >= 0)
			tools.appendChild(this.verdictTool(verdict));
		this.status = element('span', 'quiet');
		this.status.setAttribute('role', 'status');
		tools.appendChild(this.status);
		if (this.count > PAGE_ROWS) {
			this.before = button('previous', () => this.turn(-PAGE_ROWS));
			this.after = button('next', () => this.turn(PAGE_ROWS));
			tools.append(this.before, this.after);
		}
		this.table.parentElement.before(tools);
		this.tell(this.count, Math.min(PAGE_ROWS, this.count));
	};

	Table.prototype.verdictTool = function (at) {
		const select = element('select');
		const names = document.body.dataset.verdicts.split(' ');
		select.setAttribute('aria-label', 'Verdict');
		select.appendChild(new Option('every verdict', ''));
		names.forEach((name) => select.appendChild(new Option(name, name)));
		select.addEventListener('change', () => this.apply());
		this.verdict = select;
		this.verdictAt = at;
		return select;
	};

	Table.prototype.sort = function (at) {
		this.load();
		const firstDown = isNumeric(this.columns[at].kind) && this.columns[at].kind !== 'id';
		if (this.sorted === at)
			this.descending = !this.descending;
		else
			this.descending = firstDown;
		this.sorted = at;
		this.heads.forEach(function (th, i) {
			if (i === at)
				th.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
			else
				th.removeAttribute('aria-sort');
		}, this);
		const rank = ranks(this.columns[at], at, this.rows);
		const order = rank.map((_, i) => i);
		const sign = this.descending ? -1 : 1;
		// What has no value comes last either way.
		order.sort(function (a, b) {
			if (rank[a] === null || rank[b] === null)
				return (rank[a] === null) - (rank[b] === null) || a - b;
			return sign * (rank[a] - rank[b]) || a - b;
		});
		this.order = order;
		this.apply();
	};

	Table.prototype.apply = function () {
		this.load();
		const words = this.filter.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
		const verdict = this.verdict ? this.verdict.value : '';
		const rows = this.order ? this.order.map((i) => this.rows[i]) : this.rows;
		this.shown = rows.filter(function (row) {
			if (verdict !== '' && row.values[this.verdictAt] !== verdict)
				return false;
			return words.every((word) => rowText(this.columns, row).includes(word));
		}, this);
		this.first = 0;
		this.show();
	};

	Table.prototype.turn = function (rows) {
		this.load();
		this.first = Math.max(0, Math.min(this.first + rows, this.shown.length - 1));
		this.show();
	};

	Table.prototype.show = function () {
		const page = this.shown.slice(this.first, this.first + PAGE_ROWS);
		this.body.replaceChildren(...page.map((row) => makeRow(this.columns, row)));
		this.tell(this.shown.length, page.length);
	};

	Table.prototype.tell = function (matching, here) {
		const all = numberFormat.format(this.count);
		let text = matching === this.count ? all + (matching === 1 ? ' row' : ' rows')
			: numberFormat.format(matching) + ' of ' + all + ' rows';
		if (here < matching)
			text += ', here ' + numberFormat.format(this.first + 1) + ' to '
				+ numberFormat.format(this.first + here);
		this.status.textContent = text;
		if (this.before) {
			this.before.disabled = this.first === 0;
			this.after.disabled = this.first + here >= matching;
		}
	};

	// A link may lead into something that is folded.
	function reveal() {
		let id;
		try {
			id = decodeURIComponent(location.hash.slice(1));
		} catch (error) {
			return;
		}
		const found = id === '' ? null : document.getElementById(id);
		if (!found)
			return;
		for (let at = found; at; at = at.parentElement)
			if (at.tagName === 'DETAILS')
				at.open = true;
		found.scrollIntoView();
	}

	function copyText(from) {
		const selection = getSelection();
		selection.selectAllChildren(from);
		if (navigator.clipboard)
			navigator.clipboard.writeText(from.textContent).catch(() => document.execCommand('copy'));
		else
			document.execCommand('copy');
	}

	document.querySelectorAll('table[data-sortable]').forEach((table) => new Table(table));
	document.querySelectorAll('.copyable').forEach(function (from) {
		const copier = button('copy', () => copyText(from));
		copier.className = 'copy';
		from.after(' ', copier);
	});
	addEventListener('hashchange', reveal);
	reveal();

	// What is folded is not printed, and findings are to be read.
	let opened = [];
	addEventListener('beforeprint', function () {
		opened = Array.from(document.querySelectorAll('details.finding:not([open])'));
		opened.forEach((details) => { details.open = true; });
	});
	addEventListener('afterprint', function () {
		opened.forEach((details) => { details.open = false; });
	});
})();
