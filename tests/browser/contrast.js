// SPDX-License-Identifier: GPL-3.0-or-later
// Every text that is shown and stands out less than 4.5 to 1 from what is behind it (WCAG 2.1,
// success criterion 1.4.3), as "selector: ratio". For execute_script: returns {checked, faults}.
function channels(text) {
	const parts = (text.match(/[\d.]+/g) || []).map(Number);
	return {r: parts[0] || 0, g: parts[1] || 0, b: parts[2] || 0, a: parts.length > 3 ? parts[3] : 1};
}

function over(top, under) {
	const mix = (a, b) => a * top.a + b * (1 - top.a);
	return {r: mix(top.r, under.r), g: mix(top.g, under.g), b: mix(top.b, under.b), a: 1};
}

// Relative luminance, as WCAG defines it.
function luminance(color) {
	const linear = [color.r, color.g, color.b].map(function (value) {
		const part = value / 255;
		return part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
	});
	return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function ratio(a, b) {
	const high = Math.max(luminance(a), luminance(b));
	const low = Math.min(luminance(a), luminance(b));
	return (high + 0.05) / (low + 0.05);
}

// What is painted behind an element, from the page up; of a drawing's text the box of its group.
function behind(element, pseudo) {
	const layers = [];
	if (pseudo)
		layers.push(channels(getComputedStyle(element, pseudo).backgroundColor));
	for (let at = element; at; at = at.parentElement) {
		if (at instanceof SVGElement) {
			const box = at.matches('g.node') ? at.querySelector('rect') : null;
			if (box)
				layers.push(channels(getComputedStyle(box).fill));
		}
		layers.push(channels(getComputedStyle(at).backgroundColor));
	}
	return layers.reverse().reduce((under, layer) => over(layer, under),
		{r: 255, g: 255, b: 255, a: 1});
}

function name(element) {
	const kind = element.getAttribute('class');
	return element.tagName.toLowerCase() + (kind ? '.' + kind.trim().replace(/\s+/g, '.') : '');
}

const faults = new Set();
let checked = 0;

function check(element, pseudo) {
	const style = getComputedStyle(element, pseudo);
	const ink = element instanceof SVGElement ? style.fill : style.color;
	const back = behind(element, pseudo);
	const found = ratio(over(channels(ink), back), back);
	checked++;
	if (found < 4.5)
		faults.add(name(element) + (pseudo || '') + ': ' + found.toFixed(2));
}

document.querySelectorAll('details').forEach((details) => { details.open = true; });
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
	const element = node.parentElement;
	if (node.textContent.trim() === '' || element.matches('script, noscript, title, option'))
		continue;
	check(element, null);
}
document.querySelectorAll('.v').forEach((mark) => check(mark, '::before'));
document.querySelectorAll('th button').forEach((button) => check(button, '::after'));
document.querySelectorAll('input').forEach((input) => check(input, '::placeholder'));
return {checked: checked, faults: Array.from(faults)};
