/// The behaviour of the page of the API. Everything comes from this server; text reaches the page as text only.
enum DocsScript {
    static let text = #"""
        "use strict";
        const find = (id) => document.getElementById(id);
        const make = (name, text, className) => {
          const element = document.createElement(name);
          if (text !== undefined && text !== null) element.textContent = text;
          if (className) element.className = className;
          return element;
        };
        let api = null;

        function resolve(schema, depth) {
          if (!schema || depth > 6) return "…";
          if (schema.$ref) return resolve(api.components.schemas[schema.$ref.split("/").pop()], depth + 1);
          if (schema.anyOf) return resolve(schema.anyOf[0], depth);
          if (schema.enum) return schema.enum.filter((value) => value !== null).join(" | ");
          const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
          if (type === "object") {
            const shape = {};
            for (const [name, member] of Object.entries(schema.properties || {})) {
              const isRequired = (schema.required || []).includes(name);
              shape[isRequired ? name : name + "?"] = resolve(member, depth + 1);
            }
            if (schema.additionalProperties && typeof schema.additionalProperties === "object") {
              shape["…"] = resolve(schema.additionalProperties, depth + 1);
            }
            return shape;
          }
          if (type === "array") return [resolve(schema.items, depth + 1)];
          const limits = [];
          if (schema.minimum !== undefined) limits.push("from " + schema.minimum);
          if (schema.maximum !== undefined) limits.push("to " + schema.maximum);
          if (schema.maxLength !== undefined) limits.push("at most " + schema.maxLength + " characters");
          return (schema.format || type || "anything") + (limits.length ? " " + limits.join(" ") : "");
        }
        const show = (schema) => JSON.stringify(resolve(schema, 0), null, 2);

        function parameters(operation, fields) {
          const table = make("table");
          for (const parameter of operation.parameters || []) {
            const row = make("tr");
            const name = make("td");
            name.append(make("code", parameter.name), make("span", parameter.required ? " *" : ""));
            row.append(name, make("td", parameter.in), make("td", parameter.description || ""), make("td", show(parameter.schema)));
            const field = make("input");
            field.setAttribute("aria-label", parameter.name);
            fields.push({ parameter, field });
            const cell = make("td");
            cell.append(field);
            row.append(cell);
            table.append(row);
          }
          return table;
        }

        async function send(method, path, fields, body, output) {
          let url = path;
          const query = new URLSearchParams();
          const headers = {};
          for (const { parameter, field } of fields) {
            if (!field.value) continue;
            if (parameter.in === "path") url = url.replace("{" + parameter.name + "}", encodeURIComponent(field.value));
            else if (parameter.in === "header") headers[parameter.name] = field.value;
            else if (parameter.explode) for (const part of field.value.split(",")) query.append(parameter.name, part.trim());
            else query.append(parameter.name, field.value);
          }
          if (find("key").value) headers.Authorization = "Bearer " + find("key").value;
          if (body) headers["Content-Type"] = "application/json";
          const text = query.toString();
          try {
            const answer = await fetch(url + (text ? "?" + text : ""), { method, headers, body: body || undefined, cache: "no-store" });
            let content = await answer.text();
            try { content = JSON.stringify(JSON.parse(content), null, 2); } catch { /* as it is */ }
            output.textContent = answer.status + " " + answer.statusText + "\n\n" + content;
          } catch (error) {
            output.textContent = "The server cannot be reached.";
          }
        }

        function operation(path, method, operation) {
          const block = make("details");
          block.id = operation.operationId;
          const head = make("summary");
          head.append(make("span", method.toUpperCase(), "method"), make("code", path), make("span", operation.summary));
          head.append(make("span", operation["x-pulse-role"] || "public", "role"));
          block.append(head);
          // Filled when it is opened: there are many.
          block.addEventListener("toggle", () => {
            if (block.childElementCount > 1) return;
            const room = make("div");
            if (operation.description) for (const part of operation.description.split("\n\n")) room.append(make("p", part.replaceAll("**", "")));
            const fields = [];
            if ((operation.parameters || []).length) room.append(make("h4", "Parameters"), parameters(operation, fields));
            let area = null;
            if (operation.requestBody) {
              const content = Object.values(operation.requestBody.content)[0];
              room.append(make("h4", "Body"), make("pre", content.schema ? show(content.schema) : "bytes"));
              area = make("textarea");
              area.rows = 4;
              area.setAttribute("aria-label", "body");
              room.append(area);
            }
            const output = make("pre", "");
            const button = make("button", "Send");
            button.type = "button";
            button.addEventListener("click", () => send(method.toUpperCase(), path, fields, area && area.value, output));
            room.append(make("p"), button, output, make("h4", "Answers"));
            const table = make("table");
            for (const [status, answer] of Object.entries(operation.responses)) {
              const row = make("tr");
              const cell = make("td", answer.description);
              const content = answer.content && Object.entries(answer.content)[0];
              if (content && content[0] === "application/json") cell.append(make("pre", show(content[1].schema)));
              row.append(make("th", status), cell);
              table.append(row);
            }
            room.append(table);
            block.append(room);
          });
          return block;
        }

        async function start() {
          api = await (await fetch("/openapi.json")).json();
          find("title").textContent = api.info.title + " " + api.info.version;
          for (const part of api.info.description.split("\n\n")) find("about").append(make("p", part.replaceAll("`", "")));
          const chapters = new Map(api.tags.map((tag) => [tag.name, []]));
          for (const [path, methods] of Object.entries(api.paths)) {
            for (const [method, entry] of Object.entries(methods)) chapters.get(entry.tags[0]).push(operation(path, method, entry));
          }
          for (const [name, blocks] of chapters) if (blocks.length) find("chapters").append(make("h2", name), ...blocks);
          if (location.hash) { const target = find(location.hash.slice(1)); if (target) { target.open = true; target.scrollIntoView(); } }
        }
        find("key").value = sessionStorage.getItem("pulse.key") || "";
        find("key").addEventListener("change", () => sessionStorage.setItem("pulse.key", find("key").value));
        start();
        """#
}
