/* A colour for every route: its own where the feed gives one that shows on the dark map, else one of a set that differ from
   each other by lightness too, not by hue alone. */

const SET = ["#5ec8f2", "#f5a65b", "#8fd694", "#e58fb1", "#b9a2f2", "#f2d35e", "#5fd6c3", "#f2877b", "#9db8d9", "#cfe07a"];

export function luminance(color: string): number {
  const channel = (at: number): number => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/* WCAG contrast of two #RRGGBB colours. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/* The colour mixed with white until it stands out from the ground. */
export function lightened(color: string, ground: string, wanted: number): string {
  let mixed = color;
  for (let share = 0; share <= 1 && contrast(mixed, ground) < wanted; share += 0.05) {
    const part = (at: number): string => {
      const value = parseInt(color.slice(at, at + 2), 16);
      return Math.round(value + (255 - value) * share).toString(16).padStart(2, "0");
    };
    mixed = `#${part(1)}${part(3)}${part(5)}`;
  }
  return mixed;
}

export function routeColor(own: string | null, index: number, ground: string): string {
  const color = own !== null && /^#[0-9a-f]{6}$/i.test(own) ? own : (SET[index % SET.length] as string);
  return lightened(color, ground, 3.2);
}

/* Black or white, whichever reads better on the colour. */
export function inkOn(color: string): string {
  return contrast(color, "#0b1218") >= contrast(color, "#ffffff") ? "#0b1218" : "#ffffff";
}
